/* What jemalloc reads at its start, and MALLOC_CONF overrides: memory of many calls lies in huge pages where the system
   gives them to whoever asks (/sys/kernel/mm/transparent_hugepage/enabled). */
const char *malloc_conf = "thp:always,metadata_thp:always";
