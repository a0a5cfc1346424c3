#!/bin/sh
# Brings the files of others into the UI: libraries, icons, and what its tests check with. Run by hand after a change here, never by a build.
# Needs npm and python3. What npm sends is held against packaging/vendor-ui.sha256; with --accept the list is written anew instead.
set -eu
cd "$(dirname "$0")/.."

readonly MANIFEST=packaging/vendor-ui.sha256
readonly VENDOR=assets/ui/vendor
readonly SPRITE=assets/ui/icons.svg
readonly AXE=tests/fixtures/axe
readonly SWAGGER=assets/docs/vendor

# The icons in use, by their names in lucide.
readonly ICONS='activity archive arrow-down arrow-up badge-check ban bell book-open building-2 calendar calendar-clock check chevron-down chevron-left
chevron-right chevrons-up-down circle circle-alert circle-check circle-help circle-minus circle-slash circle-x clipboard-check clock cloud copy cpu
download ellipsis external-link eye file-check file-text filter fingerprint gauge hard-drive history info key-round laptop link list-checks lock
log-in log-out mail menu monitor moon network package pause pencil play plus printer refresh-cw rotate-ccw scroll-text search server settings
shield shield-alert shield-check shield-off smartphone sun sun-moon tablet tag terminal trash-2 triangle-alert undo-2 upload user user-plus user-x
users wifi-off x'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# fetch PACKAGE@VERSION FOLDER
fetch() {
  mkdir -p "$scratch/$2"
  (cd "$scratch" && npm pack --silent "$1" >/dev/null && tar xzf ./*.tgz -C "$2" --strip-components=1 && rm ./*.tgz)
}

libraries() {
  fetch preact@10.29.8 preact
  fetch @preact/signals@2.11.4 signals
  fetch @preact/signals-core@1.14.5 signals-core
  fetch htm@3.1.1 htm
  mkdir -p "$VENDOR"
  cp "$scratch/preact/dist/preact.mjs" "$VENDOR/preact.js"
  cp "$scratch/preact/hooks/dist/hooks.mjs" "$VENDOR/preact-hooks.js"
  cp "$scratch/signals-core/dist/signals-core.mjs" "$VENDOR/signals-core.js"
  cp "$scratch/signals/dist/signals.mjs" "$VENDOR/signals.js"
  cp "$scratch/htm/dist/htm.mjs" "$VENDOR/htm.js"
  for name in preact signals signals-core htm; do cp "$scratch/$name/LICENSE" "$VENDOR/LICENSE.$name"; done
  # Import maps would have to be inline, which the policy of the pages forbids: so the bare names become relative ones.
  sed -i -e 's#from"preact/hooks"#from"./preact-hooks.js"#g' -e 's#from"preact"#from"./preact.js"#g' \
    -e 's#from"@preact/signals-core"#from"./signals-core.js"#g' -e 's#//\# sourceMappingURL=.*##' "$VENDOR"/*.js
}

icons() {
  fetch lucide-static@1.62.0 lucide
  cp "$scratch/lucide/LICENSE" "$VENDOR/LICENSE.lucide"
  {
    printf '<svg xmlns="http://www.w3.org/2000/svg">\n'
    for name in $ICONS; do
      [ -f "$scratch/lucide/icons/$name.svg" ] || { printf 'no icon %s\n' "$name" >&2; exit 1; }
      # What stands between the opening and the closing tag is the drawing.
      drawing=$(tr '\n' ' ' <"$scratch/lucide/icons/$name.svg" | sed -e 's#<!--[^>]*-->##' -e 's#^[^<]*<svg[^>]*>##' -e 's#</svg>.*##' -e 's#  *# #g' -e 's#> <#><#g' -e 's#^ ##' -e 's# $##')
      printf '<symbol id="%s" viewBox="0 0 24 24">%s</symbol>\n' "$name" "$drawing"
    done
    printf '</svg>\n'
  } >"$scratch/icons.svg"
  cp "$scratch/icons.svg" "$SPRITE"
}

axe() {
  fetch axe-core@4.14.1 axe
  mkdir -p "$AXE"
  cp "$scratch/axe/axe.min.js" "$scratch/axe/LICENSE" "$AXE/"
}

# `npm pack` runs no script of the package: installing it would send telemetry.
swagger() {
  fetch swagger-ui-dist@5.35.0 swagger
  rm -rf "$SWAGGER"
  mkdir -p "$SWAGGER"
  for name in swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt LICENSE NOTICE; do cp "$scratch/swagger/$name" "$SWAGGER/"; done
  sed -i -e 's#//\# sourceMappingURL=.*##' "$SWAGGER/swagger-ui-bundle.js"
  python3 packaging/vendor-swagger.py "$scratch/swagger/swagger-ui.css" "$SWAGGER"
}

libraries
icons
axe
swagger
if [ "${1:-}" = --accept ]; then
  sha256sum "$VENDOR"/* "$SPRITE" "$AXE"/* "$SWAGGER"/* >"$MANIFEST"
fi
sha256sum --check "$MANIFEST"
