const needs = {
  'linux-x64': 'Linux on x86-64 with GLIBC 2.28 or newer',
  'linux-arm64': 'Linux on arm64 with GLIBC 2.28 or newer',
  'darwin-arm64': 'macOS on Apple silicon',
};

/**
 * What an archive's `incline` is: it finds the folder that it stands in, also through links, says in one line where its
 * Node cannot start, and starts the program. A shell's own commands do, so that the search path may be empty.
 */
export const launcher = (platform) => `#!/bin/sh
self=$0
while [ -h "$self" ]; do
  target=$(PATH=$PATH:/usr/bin:/bin readlink "$self") || { echo "incline: start it by its path, not by the link $self" >&2; exit 2; }
  case $target in
    /*) self=$target ;;
    *) self=\${self%/*}/$target ;;
  esac
done
case $self in
  */*) here=\${self%/*} ;;
  *) here=. ;;
esac
here=$(CDPATH= cd -- "$here" && pwd -P) || exit 2
if ! why=$("$here/node" --version 2>&1); then
  end='
'
  why=\${why%%"$end"*}
  echo "incline: this archive needs ${needs[platform]}; its Node does not start here: \${why#*: }" >&2
  exit 2
fi
# How hints name the program.
case $0 in
  "$(command -v incline)") INCLINE_COMMAND=incline ;;
  *[!A-Za-z0-9_./+-]*) INCLINE_COMMAND="'$0'" ;;
  *) INCLINE_COMMAND=$0 ;;
esac
export INCLINE_COMMAND
exec "$here/node" "$here/dist/main.js" "$@"
`;
