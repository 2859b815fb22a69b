# SPDX-License-Identifier: MIT
# Functions that CPython exports and no object file defines. First input: nm's output; second: a
# table of names and kinds. Makes abi_missing.c, where each raises SystemError naming itself; with
# list=1, prints the names. Missing data symbols can only be reported: nothing can stand in for them.
FILENAME == ARGV[1] { if (NF == 3) defined[$3] = 1; next }
FNR == 1 {
    if (!list)
        print "/* Made by abi/missing.awk. */\n#include \"ks_missing.h\""
    next
}
{ split($0, f, "\t") }
f[1] in defined || f[1] ~ /^PyInit_/ { next }
list { print f[1]; next }
f[2] == "function" { print "KS_MISSING(" f[1] ")"; next }
{ print "/* missing data: " f[1] " (" f[3] " bytes) */" }
