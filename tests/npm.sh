# shellcheck shell=bash
# Sourced by scripts that need npm packages: those of a folder's package-lock.json, in a folder of build/.

# npm_in FOLDER COMMAND…: npm there, quiet and for four minutes at most.
npm_in() {
  local folder=$1
  shift
  timeout --foreground 240 npm --prefix "$folder" --no-audit --no-fund --no-update-notifier "$@"
}

# install_packages SOURCE FOLDER: the lock file stands in node_modules as soon as all of it is installed.
install_packages() {
  local lock=$1/package-lock.json folder=$2 installed=$2/node_modules/installed.json
  if cmp -s "$lock" "$installed"; then return; fi
  mkdir -p "$folder"
  cp "$1/package.json" "$lock" "$folder/"
  npm_in "$folder" ci --ignore-scripts --prefer-offline --fetch-retries=1 --fetch-timeout=30000 && cp "$lock" "$installed"
}

# registry_answers FOLDER PACKAGE: whether npm's registry can be reached from there.
registry_answers() { npm_in "$1" view "$2" version --fetch-retries=0 --fetch-timeout=15000; }

# missing_packages SOURCE FOLDER PACKAGE: why the packages cannot be had, PACKAGE being one of them; nothing when they
# are installed, and false when that fails though the registry is there. What npm says goes to stderr.
missing_packages() {
  local tool
  for tool in node npm; do
    if ! command -v "$tool" >/dev/null; then
      echo "there is no $tool; deploy/bootstrap clients installs it"
      return
    fi
  done
  if install_packages "$1" "$2" >&2; then return; fi
  if registry_answers "$2" "$3" >&2; then return 1; fi
  echo "npm's registry cannot be reached"
}
