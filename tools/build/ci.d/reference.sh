#!/usr/bin/env bash
# The API reference, from the assemblies that the tests were run with and their documentation: a page a type in .artifacts/reference.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
[ -e .artifacts/bin/PgpSr.Hosting/release/PgpSr.Hosting.dll ] || dotnet build src/PgpSr.Hosting -c Release -nologo -v quiet
[ -e .artifacts/bin/PgpSr.Gpu/release/PgpSr.Gpu.dll ] || dotnet build src/PgpSr.Gpu -c Release -nologo -v quiet
[ -e .artifacts/bin/PgpSr/release/PgpSr.dll ] || dotnet build src/PgpSr -c Release -nologo -v quiet
[ -e .artifacts/bin/PgpSr.Imaging.ImageSharp/release/PgpSr.Imaging.ImageSharp.dll ] || dotnet build src/PgpSr.Imaging.ImageSharp -c Release -nologo -v quiet
rm -rf .artifacts/reference
(cd tools/build/reference && dotnet tool restore > /dev/null && dotnet docfx metadata docfx.json)
# docfx leaves references inside sentences as they are.
sed -E -i 's#<xref href="([^"(%]*)[^"]*"[^>]*></xref>#`\1`#g' .artifacts/reference/*.md

# Nothing of the tracked API is missing.
missing=0
for type in $(grep -ohE '^PgpSr(\.[A-Za-z]+)+$' src/*/PublicAPI.*.txt | sort -u); do
    [ -e ".artifacts/reference/$type.md" ] || { echo "no page for $type"; missing=1; }
done
[ "$missing" = 0 ]
echo "API reference: $(find .artifacts/reference -name '*.md' | wc -l) pages in .artifacts/reference"
