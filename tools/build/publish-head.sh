#!/usr/bin/env bash
# Publishes the native pgpsr for this machine's instruction set into FOLDER, absolute or relative to the repository; fails where the trimmer warns.
#
#   tools/build/publish-head.sh FOLDER
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/../.."
export DOTNET_CLI_UI_LANGUAGE=en
if grep -qw avx512f /proc/cpuinfo && grep -qw avx512vl /proc/cpuinfo; then isa=x86-64-v4; else isa=x86-64-v3; fi
said=$(dotnet publish src/PgpSr.Cli -c Release -r linux-x64 -p:IlcInstructionSet=$isa -o "$1" -nologo -v quiet) || { echo "$said"; exit 1; }
[ -z "$said" ] || echo "$said"
if grep -qE 'warning IL' <<< "$said"; then exit 1; fi
