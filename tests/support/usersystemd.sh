# A systemd user manager of its own, that the machine's knows nothing of: $1 is its home, the rest
# runs beside it. Needs root, for a private mount and process namespace.
home=$1; shift
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/0 "$home/.config"
export XDG_RUNTIME_DIR=/run/user/0 HOME="$home" XDG_CONFIG_HOME="$home/.config"
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || mountpoint -q /sys/fs/cgroup
/lib/systemd/systemd --user >"$home/manager.log" 2>&1 & manager=$!
until systemctl --user list-units >/dev/null 2>&1; do sleep 0.1; done
"$@"; code=$?
systemctl --user exit; wait $manager
exit $code
