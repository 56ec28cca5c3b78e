#!/usr/bin/env bash
# What a user installs, installed: the packages go to a folder; from there comes the dotnet tool, which enlarges a picture, and a console program that
# references PgpSr alone, run by the JIT and as a native program. The native head does the same: all four give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
picture=$PWD/tools/build/package-sample/picture.png

dotnet msbuild tools/build/pack.proj -m -p:Folder="$root/packages" -nologo -v:quiet
echo "packed: $(cd "$root/packages" && echo *.nupkg)"

command -v clang > /dev/null || linker=-p:CppCompilerAndLinker=gcc
# The native head that gpu-aot.sh published, where the steps run one after the other.
head=$PWD/.artifacts/publish/head
[ -n "${PGPSR_BUILT:-}" ] && [ -x "$head/pgpsr" ] || tools/build/publish-head.sh "$head"

# Our packages are unpacked into a folder of this run, so that no older one of the same version is taken; everything else comes from the usual cache.
export NUGET_FALLBACK_PACKAGES=${NUGET_PACKAGES:-$HOME/.nuget/packages} NUGET_PACKAGES=$root/cache

dotnet tool install PgpSr.Tool --tool-path "$root/tool" --add-source "$root/packages" > /dev/null
# Of the tool's packages the one that is compiled beforehand; the IL alone takes half as long again for a first picture.
[ -d "$root"/tool/.store/pgpsr.tool/*/pgpsr.tool.linux-x64 ] || { echo "the tool that was installed is not the compiled one"; exit 1; }
"$root/tool/pgpsr" devices
"$root/tool/pgpsr" upscale "$picture" -o "$root/tool.png" --device cpu

mkdir "$root/program"
cp tools/build/package-sample/Program.* "$root/program"
cat > "$root/program/nuget.config" <<CONFIG
<configuration><packageSources><add key="packed" value="$root/packages" /></packageSources></configuration>
CONFIG
dotnet add "$root/program" package PgpSr > /dev/null
dotnet run -c Release --project "$root/program" -- "$picture" "$root/program.png"
cmp "$root/tool.png" "$root/program.png"
# What is ours of it, assemblies and weights: at most 6 MB.
ours=$(stat -c %s "$root"/program/bin/Release/net10.0/PgpSr*.dll | awk '{ n += $1 } END { print n }')
echo "our assemblies of a program for the CPU: $ours bytes"
[ "$ours" -le 6000000 ]

# A further model is a package, found by its name; without it, the error names the package.
dotnet run -c Release --no-build --project "$root/program" -- "$picture" "$root/x2.png" pgp-s1-x2 2> "$root/missing.txt" && exit 1
grep -q "dotnet add package PgpSr.Models.pgp-s1-x2" "$root/missing.txt"
dotnet add "$root/program" package PgpSr.Models.pgp-s1-x2 > /dev/null
dotnet run -c Release --project "$root/program" -- "$picture" "$root/x2.png" pgp-s1-x2
"$root/tool/pgpsr" upscale "$picture" -o "$root/tool-x2.png" --device cpu --model pgp-s1-x2
cmp "$root/tool-x2.png" "$root/x2.png"

# A native program that sets nothing else: the package names the instruction set, so it has wide vectors, and the JIT's bytes.
dotnet publish "$root/program" -c Release -r linux-x64 -p:PublishAot=true ${linker:-} -o "$root/native" -nologo -v quiet
"$root/native/Program" "$picture" "$root/native.png" | tee "$root/native.txt"
grep -q "256-bit" "$root/native.txt"
cmp "$root/tool.png" "$root/native.png"
"$root/native/Program" "$picture" "$root/native-x2.png" pgp-s1-x2
cmp "$root/tool-x2.png" "$root/native-x2.png"
# One that sets too little is told so; as an error, before anything is compiled to native code.
dotnet publish "$root/program" -c Release -r linux-x64 -p:PublishAot=true -p:IlcInstructionSet=x86-64-v2 -warnaserror:PGPSR001 ${linker:-} \
    -o "$root/narrow" -nologo -v quiet > "$root/narrow.txt" && exit 1
grep -q "error PGPSR001" "$root/narrow.txt"

"$head/pgpsr" --version
# Start-up, best of ten: what a shell loop over many pictures pays for each.
best=$(for _ in 1 2 3 4 5 6 7 8 9 10; do
    begun=$(date +%s%N); "$head/pgpsr" devices > /dev/null; ended=$(date +%s%N); echo $(((ended - begun) / 1000000))
done | sort -n | head -1)
echo "start-up of the native head: $best ms"
[ "$best" -lt 60 ]
"$head/pgpsr" upscale "$picture" -o "$root/head.png"
cmp "$root/tool.png" "$root/head.png"
"$head/pgpsr" upscale "$picture" -o "$root/head-x2.png" --model pgp-s1-x2
cmp "$root/tool-x2.png" "$root/head-x2.png"
# WebP, whose pixels are another package's work: written and read back by the native head as by the JIT.
for option in --lossless "--quality 80"; do
    "$head/pgpsr" upscale "$picture" -o "$root/head.webp" $option
    "$root/tool/pgpsr" upscale "$picture" -o "$root/tool.webp" --device cpu $option
    cmp "$root/tool.webp" "$root/head.webp"
    "$head/pgpsr" upscale "$root/head.webp" -o "$root/head-again.png" --preview
    "$root/tool/pgpsr" upscale "$root/tool.webp" -o "$root/tool-again.png" --device cpu --preview
    cmp "$root/tool-again.png" "$root/head-again.png"
done
echo "the tool, the program, the native program and the native head gave the same bytes"
