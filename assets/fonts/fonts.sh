#!/bin/sh
# Fetches the fonts of printed reports again, unmodified: Inter 4.001 (Latin, Greek, Cyrillic, Vietnamese), regular and semibold.
#
# Source: the npm package @expo-google-fonts/inter, which carries the static TrueType files of Google Fonts. Licence of the fonts: SIL Open
# Font License 1.1 without a reserved name (Inter-OFL.txt); embedding in documents is allowed. The package is named by version and checksum,
# so that the files can't change unnoticed. Needs npm, tar and sha256sum.
set -eu

package='@expo-google-fonts/inter'
version='0.4.2'
sha256='b5c1e5878c07a5637169da9f7b1f370c69709f1f8de55998e2522f7aa9dfe2a9'

target=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

archive=$(npm pack --silent "$package@$version")
echo "$sha256  $archive" | sha256sum --check --quiet
tar xzf "$archive" package/400Regular/Inter_400Regular.ttf package/600SemiBold/Inter_600SemiBold.ttf package/LICENSE_FONT
install -m 644 package/400Regular/Inter_400Regular.ttf "$target/Inter-Regular.ttf"
install -m 644 package/600SemiBold/Inter_600SemiBold.ttf "$target/Inter-SemiBold.ttf"
install -m 644 package/LICENSE_FONT "$target/Inter-OFL.txt"
