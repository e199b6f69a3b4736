#!/bin/bash
# Runs the steps of a Dockerfile without Docker, then the image's command: image.sh DIRECTORY SHM_SIZE [ARGUMENT…]
#
# DIRECTORY has the Dockerfile and the files that it adds. The base image is this machine's own root, covered by an
# overlay in memory, in a mount namespace of its own. So nothing of the machine changes. /dev/shm is fresh, and has the
# size that `docker run --shm-size` or the volume of a pod would give it. IMAGE_ENTRYPOINT replaces the image's entry point, as `docker run --entrypoint` does.
# Needs root, and a JDK in JAVA_HOME. Understands what our Dockerfile has, and refuses the rest.
set -euo pipefail

if [ "${IN_NAMESPACE:-}" != 1 ]; then
    exec unshare --mount --propagation private --pid --fork --kill-child env IN_NAMESPACE=1 "$0" "$@"
fi

context=$1 shm_size=$2
shift 2
image=$(mktemp -d)
mount -t tmpfs tmpfs "$image"
mkdir "$image/upper" "$image/work" "$image/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$image/upper,workdir=$image/work" "$image/root"
root=$image/root
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp" -o mode=1777
mount -t tmpfs tmpfs "$root/dev" -o mode=755
for device in null zero random urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm" -o "size=$shm_size,mode=1777"

user=0 directory=/ entry=() command=()
declare -A arguments=()

expand() {
    expanded=$1
    for name in "${!arguments[@]}"; do
        expanded=${expanded//"\${$name}"/${arguments[$name]}}
    done
}

# The strings of an array of JSON, one a line.
strings() {
    grep -o '"[^"]*"' <<<"$1" | tr -d '"'
}

while read -r instruction rest; do
    expand "$rest"
    case $instruction in
        '' | '#'*) ;;
        FROM) ;; # the machine's own root
        ARG) arguments[${rest%%=*}]=${rest#*=} ;;
        ADD) tar xzf "$context/${expanded% *}" -C "$root${expanded#* }" ;;
        RUN) chroot "$root" /bin/sh -c "$expanded" ;;
        USER) user=$rest ;;
        WORKDIR) directory=$rest ;;
        ENTRYPOINT) mapfile -t entry < <(strings "$rest") ;;
        CMD) mapfile -t command < <(strings "$rest") ;;
        *)
            echo "image.sh: unknown instruction: $instruction" >&2
            exit 2
            ;;
    esac
done < <(sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' "$context/Dockerfile")

[ $# -eq 0 ] || command=("$@")
[ -z "${IMAGE_ENTRYPOINT:-}" ] || entry=("$IMAGE_ENTRYPOINT")
cd /
environment=("HOME=$directory" "JAVA_HOME=$JAVA_HOME" "PATH=$JAVA_HOME/bin:/usr/local/bin:/usr/bin:/bin")
exec chroot --userspec="$user:$user" "$root" /usr/bin/env -i "${environment[@]}" \
    sh -c 'cd "$0" && exec "$@"' "$directory" "${entry[@]}" "${command[@]}"
