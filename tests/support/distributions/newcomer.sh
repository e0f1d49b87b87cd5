#!/bin/sh
# A machine on which somebody without rights installs the wheel, and root what doctor asks for:
# newcomer.sh WHEEL FIRST_STEPS, as root.
set -eux
export DEBIAN_FRONTEND=noninteractive
home=/home/student
unikernel=$home/environment/bin/unikernel
apt-get -q update
apt-get -qy install --no-install-recommends python3-venv
useradd --create-home --home-dir $home student
su student -c "python3 -m venv $home/environment"
su student -c "$home/environment/bin/pip install --quiet $1 ipykernel nbclient"
if su student -c "$unikernel doctor --install" 2>/tmp/refused; then exit 1; fi
cat /tmp/refused
grep -q 'Ask root for' /tmp/refused
grep -q '^apt-get update && apt-get install --no-install-recommends gcc ' /tmp/refused
$unikernel doctor --install --yes
su student -c "cd $home && $home/environment/bin/python $2"
