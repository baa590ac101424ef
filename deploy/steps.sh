# shellcheck shell=bash
# Sourced by bootstrap, quickstart and the test scripts: named steps with times, a log each, and advice when one fails.

logs=${TANDEM_LOGS:-$PWD/build/logs}
step_number=0
step_log=

# heading NAME: announces a step, numbered if the script says how many there are in steps_total.
heading() {
  step_number=$((step_number + 1))
  if [[ ${steps_total:-} ]]; then echo "[$step_number/$steps_total] $1"; else echo "- $1"; fi
}

# duration SECONDS: 7s, 3m07s
duration() {
  if (($1 < 60)); then echo "${1}s"; else printf '%dm%02ds\n' $(($1 / 60)) $(($1 % 60)); fi
}

# jobs_for_memory: parallel compilations, one per core if each has 1.5 GB; TANDEM_JOBS overrides it.
jobs_for_memory() {
  local available limit=
  available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  read -r limit 2>/dev/null </sys/fs/cgroup/memory.max || limit=max
  if [[ $limit != max ]] && ((limit / 1048576 < available)); then available=$((limit / 1048576)); fi
  local jobs=$((available / 1500)) cores
  cores=$(nproc)
  if ((jobs > cores)); then jobs=$cores; fi
  if ((jobs < 1)); then jobs=1; fi
  echo "${TANDEM_JOBS:-$jobs}"
}

# follow LOG: while a step runs, its last line; every second on a terminal, every minute elsewhere.
follow() {
  local log=$1 start=$SECONDS width line
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    line=$(tail -c 400 "$log" 2>/dev/null | tr '\r\t' '\n ' | grep -av '^ *$' | tail -n 1 | tr -cd '[:print:]') || true
    if [[ -t 1 ]]; then
      width=$(($(tput cols 2>/dev/null || echo 80) - 12))
      printf '\r\e[K  %6s  %s' "$(duration $((SECONDS - start)))" "${line:0:width}"
    elif (((SECONDS - start) % 60 == 0)); then
      printf '  %6s  %s\n' "$(duration $((SECONDS - start)))" "${line:0:150}"
    fi
  done
}

# step NAME ADVICE COMMAND…: runs it with its output in $logs/NAME.log; false, with the reason, if it fails.
# NAME's blanks become dashes in the file's name. step_log is the log of the last step.
step() {
  local name=$1 advice=$2 start=$SECONDS status=0 follower
  shift 2
  mkdir -p "$logs"
  step_log=$logs/${name//[ \/]/-}.log
  heading "$name"
  : >"$step_log"
  follow "$step_log" &
  follower=$!
  "$@" >"$step_log" 2>&1 </dev/null || status=$?
  kill "$follower" 2>/dev/null || true
  wait "$follower" 2>/dev/null || true
  if [[ -t 1 ]]; then printf '\r\e[K'; fi
  if ((status == 0)); then
    printf '  %6s  ok\n' "$(duration $((SECONDS - start)))"
    return 0
  fi
  if ((status == 124)); then local over=', its time was over'; fi
  printf '  %6s  FAILED (status %d%s)\n' "$(duration $((SECONDS - start)))" "$status" "${over:-}"
  explain "$step_log" "$advice"
  return "$status"
}

# first_errors LOG: its first 12 lines that speak of errors, with their numbers, and of a failed test its name and values.
# Lines of an engine's log begin with a date in brackets; what a test says when all is well is no error.
first_errors() {
  awk '
    function show(line) { if (++shown <= 12) print substr(line, 1, 300) }
    /^TEST CASE:/ { name = NR ":" $0; failed = 0; next }
    /^\[[0-9-]+ / { next }
    /(error|Error|ERROR|FAILED|SUMMARY)[: ]/ {
      failed = 1
      if (name != "") show(name)
      name = ""
      show(NR ":" $0)
      next
    }
    / (MESSAGE|WARNING): / { failed = 0 }
    failed && /^  (values|logged|REASON): / { show(NR ":" $0) }
  ' "$1"
}

# explain LOG ADVICE: the log's last lines and first errors, then what to do.
explain() {
  echo "    … last lines of $1:"
  tail -n 15 "$1" | cut -c 1-300 | sed 's/^/    /'
  echo "    … its first errors:"
  first_errors "$1" | sed 's/^/    /'
  if grep -qE 'No space left|enough free space' "$1"; then
    echo "  What to do: free some disk space (a full build takes about 4 GB), then run this again."
  elif grep -qE 'Killed signal|out of memory|virtual memory exhausted' "$1"; then
    echo "  What to do: the compiler ran out of memory; run this again with TANDEM_JOBS=1."
  else
    echo "  What to do: $2"
  fi
}

# Results of the test scripts. A part counts what its log counts: ctest's summary or a line `N passed, M failed`,
# perhaps with `, K skipped`, else itself; a part that was not reached counts as failed.
passed=0 failed=0 skipped=0 failures=()

# part NAME AGAIN COMMAND…: a step that is counted; AGAIN is how to run it alone.
part() {
  local name=$1 again=$2 status=0 good=0 bad=0 skip=0
  shift 2
  step "$name" "alone: $again" "$@" || status=$?
  if grep -qE '^[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+' "$step_log"; then
    read -r bad good < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$step_log" | tail -n 1)
    skip=$(grep -cE '^ *[0-9]+/[0-9]+ Test .*\*\*\*Skipped' "$step_log" || true)
    good=$((good - bad - skip))
  elif grep -qE '^[0-9]+ passed, [0-9]+ failed' "$step_log"; then
    read -r good bad skip < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?.*/\1 \2 \4/p' "$step_log" | tail -n 1)
    skip=${skip:-0}
  elif ((status == 0)); then
    good=1
  fi
  if ((status != 0 && bad == 0)); then bad=1; fi
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
  if ((skip > 0)); then sed -n 's/^skipped: /          skipped: /p' "$step_log"; fi
  if ((good + bad + skip > 1)); then echo "          $good passed, $bad failed, $skip skipped"; fi
  if ((bad > 0)); then failures+=("$name: $again"); fi
  ((bad == 0))
}

# finish: what failed and how to run it alone, then the count on the last line; false if anything failed.
finish() {
  echo "Took $(duration $SECONDS); logs are in $logs."
  if ((failed > 0)); then
    echo "Failed, and how to run it alone:"
    printf '  %s\n' "${failures[@]}"
  fi
  local rest=''
  if ((skipped > 0)); then rest=", $skipped skipped"; fi
  echo "$passed passed, $failed failed$rest"
  ((failed == 0))
}
