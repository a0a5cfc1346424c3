#!/bin/sh
# Makes common_passwords.txt again: the most common passwords that are long enough to be chosen at all.
#
# Source: the npm package @zxcvbn-ts/language-common, licence MIT, whose src/passwords.json ranks leaked passwords by how often they
# occur. The package is named by version and checksum, so that the list can't change unnoticed. Needs npm, jq and sha256sum.
set -eu

package='@zxcvbn-ts/language-common'
version='4.1.3'
sha256='bf3027c16c069d7877e25dc8751bc819e10e479afcc5ee1a323eb2ab73129ca9'
ranks=100000         # all that the package has; the contract asks for the first 10,000
characters_min=12    # PASSWORD_CHARACTERS_MIN in src/credentials/password.rs: shorter ones are refused anyway

target=$(cd "$(dirname "$0")" && pwd)/common_passwords.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

archive=$(npm pack --silent "$package@$version")
echo "$sha256  $archive" | sha256sum --check --quiet
tar xzf "$archive" package/src/passwords.json

{
    echo "# Of the 49,233 most common passwords those of $characters_min characters or more, in lower case, sorted."
    echo "# Source: npm package $package $version (src/passwords.json), licence MIT. Made by common_passwords.sh."
    jq --raw-output --argjson ranks "$ranks" --argjson min "$characters_min" \
        '.[:$ranks][] | ascii_downcase | select(length >= $min)' package/src/passwords.json | LC_ALL=C sort -u
} > "$target"
