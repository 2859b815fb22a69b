# SPDX-License-Identifier: MIT
# Makes abi_missing.c: a definition for every exported function of symbols.tsv that no object file
# defines. First input: nm's output; second: symbols.tsv. Each definition raises SystemError naming
# itself. Missing data symbols are an error: nothing can stand in for them.
FILENAME == ARGV[1] { if (NF == 3) defined[$3] = 1; next }
FNR == 1 { FS = "\t"; print "/* Made by abi/missing.awk. */"; print "#include \"ks_missing.h\""; next }
{ split($0, f, "\t") }
f[1] in defined { next }
f[2] == "function" { if (f[1] !~ /^PyInit_/) print "KS_MISSING(" f[1] ")"; next }
{ print "/* missing data: " f[1] " (" f[3] " bytes) */" }
