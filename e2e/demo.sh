#!/usr/bin/env bash
# A short story on a real PM2: rr sees what is wrong, decides by policy, acts,
# and verifies. Everything happens in a folder of its own under /tmp and is gone
# afterwards, also after Ctrl-C. It needs rr (make build) and PM2 (make tools).
set -euo pipefail

repo=$(cd "$(dirname "$0")/.." && pwd)
pm2=$repo/e2e/node_modules/pm2-7/bin/pm2
bin=${RR_BIN:-$repo/bin} # where rr is
[[ -x $bin/rr ]] || { echo "demo: no rr in $bin: run make build" >&2; exit 1; }
[[ -x $pm2 ]] || { echo "demo: no PM2 in e2e/node_modules: run make tools" >&2; exit 1; }
command -v node >/dev/null || { echo "demo: PM2 needs node" >&2; exit 1; }

work=$(mktemp -d /tmp/rr-demo.XXXXXX)
mkdir "$work/home" "$work/shop"
# Nothing of your environment gets in, and nothing of your PM2 is touched.
clean=(env -i PATH="$bin:$PATH" HOME="$work/home" PM2_HOME="$work/pm2" LANG=C.UTF-8 TERM="${TERM:-dumb}"
  ${NO_COLOR:+NO_COLOR="$NO_COLOR"} PM2_DISABLE_VERSION_CHECK=true)
rr_pid=

# ours lists the processes of this demo's PM2, known by their environment.
ours() {
  local environ pid
  for environ in /proc/[0-9]*/environ; do
    pid=${environ#/proc/}
    pid=${pid%/environ}
    if [[ $pid != "$$" ]] && tr '\0' '\n' 2>/dev/null <"$environ" | grep -qxF "PM2_HOME=$work/pm2"; then
      echo "$pid"
    fi
  done 2>/dev/null
}

cleanup() {
  trap '' INT TERM
  if [[ -n $rr_pid ]]; then
    kill "$rr_pid" 2>/dev/null && wait "$rr_pid" 2>/dev/null
  fi
  local pids
  for _ in 1 2 3 4 5; do
    pids=$(ours)
    [[ -z $pids ]] && break
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null
    sleep 0.2
  done
  rm -rf "$work"
}
trap 'cleanup || true' EXIT
trap 'echo; exit 130' INT
trap 'exit 143' TERM

bold= dim= plain=
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi

chapter() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '%s\n' "$@"; }
# typed prints a command as you would type it.
typed() { printf '\n%s$ %s%s\n' "$dim" "$*" "$plain"; }

# rr runs rr and shows what it prints. Its exit code is part of the story.
rr() {
  typed "rr $*"
  local code=0
  "${clean[@]}" rr "$@" || code=$?
  if ((code)); then printf '%s(exit %d: %s)%s\n' "$dim" "$code" "$(meaning "$code")" "$plain"; fi
}

meaning() {
  case $1 in
    3) echo "something is due" ;;
    4) echo "something could not be told" ;;
    *) echo "failed" ;;
  esac
}

# pm2 runs pm2 without its tables.
pm2() {
  typed "pm2 $*"
  "${clean[@]}" "$pm2" "$@" >"$work/pm2.out" 2>&1 || { cat "$work/pm2.out" >&2; exit 1; }
}

# until_rr waits until what rr says of itself matches.
until_rr() {
  local what=$1 want=$2
  shift 2
  printf '%swaiting until %s … %s' "$dim" "$what" "$plain"
  for _ in {1..150}; do
    if "${clean[@]}" rr "$@" 2>/dev/null | grep -qE "$want"; then
      say "yes"
      return
    fi
    sleep 0.2
  done
  say "never"
  cat "$work/rr.log" >&2
  exit 1
}

cd "$work/shop"

cat >web.js <<'JS'
setInterval(() => {}, 1000)
JS
cat >api.js <<'JS'
require('fs').readFileSync('database') // fails while there is no database
setInterval(() => {}, 1000)
JS
cat >ecosystem.config.cjs <<'JS'
module.exports = {apps: [
  {name: 'web', script: 'web.js'},
  {name: 'api', script: 'api.js', max_restarts: 3, min_uptime: '1m'},
  {name: 'worker', script: '/bin/sleep', args: '3600', interpreter: 'none'},
  {name: 'reports', script: 'web.js'},
]}
JS
cat >redundancy.cue <<CUE
interval: "1s"
settle: "3s"
pm2: local: {
	expect: ["web", "api", "worker", "reports"]
	command: "$pm2"
	dead_for: "2s"
	ladder: restart: {attempts: 3, cooldown: "2s"}
}
CUE

chapter "1. A shop with four apps under PM2, three of them not running"
pm2 start ecosystem.config.cjs
pm2 stop reports
say "reports is stopped on purpose."
pm2 save
pm2 delete worker
say "worker was saved and then removed, by mistake." "api cannot start: it has no database."
until_rr "PM2 has given up on api" 'process/api +errored' collect

chapter "2. What rr is told"
typed "cat redundancy.cue"
sed "s|$repo/||" redundancy.cue
rr check

chapter "3. What rr sees: facts, no judgement"
rr collect

chapter "4. What rr would do: the same code as a run, and it changes nothing"
rr eval
say "" "It leaves reports alone: stopping is what a person does on purpose."

chapter "5. rr runs"
typed "rr run &"
"${clean[@]}" rr run >"$work/rr.log" 2>&1 &
rr_pid=$!
until_rr "rr has found that its first restart of api did not help" 'done, failed' history api
say "A reply \"ok\" of PM2 proves nothing: api was restarted, and is not healthy."
typed "touch database"
touch database
say "Now the cause is gone. rr waits out its pause, tries again, and verifies for 3 s."
until_rr "api is healed" 'recovered +pm2/local/process/api' history api

chapter "6. What rr did, and what came of it"
rr history
rr status

chapter "7. Why rr did nothing to reports"
rr why reports

chapter "8. The PM2 daemon is killed"
daemon=$(cat "$work/pm2/pm2.pid")
typed "kill -9 \$(cat ~/.pm2/pm2.pid)"
kill -9 "$daemon"
say "worker is no node program and outlives it: a plain pm2 resurrect would start it twice."
until_rr "rr has noticed" 'daemon/pm2 +open' status
until_rr "rr has brought it back and verified that" 'recovered +pm2/local/daemon/pm2' history pm2
rr history pm2
rr collect

chapter "9. Every decision can be had again"
rr eval --turn 1

chapter "That was it."
say "rr is stopped, this PM2 and its apps are ended, and $work is removed." "Your own: rr init, rr check, rr eval, rr run --dry-run, rr run"
