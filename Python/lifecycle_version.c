/* SPDX-License-Identifier: MIT */
/* Who we are: the version strings behind Py_Get*() and the sys attributes made of them. */
#include "Python.h"
#include "ks_base.h"

const unsigned long Py_Version = PY_VERSION_HEX;

#define KS_VERSION_TEXT "kingsnake-0.1"
#define BUILD_INFO KS_VERSION_TEXT ", " __DATE__ ", " __TIME__
#ifdef __clang__
#define COMPILER "[Clang " __clang_version__ "]"
#else
#define COMPILER \
    "[GCC " Py_STRINGIFY(__GNUC__) "." Py_STRINGIFY(__GNUC_MINOR__) "." Py_STRINGIFY(__GNUC_PATCHLEVEL__) "]"
#endif

const char *
Py_GetVersion(void)
{
    return PY_VERSION " (" BUILD_INFO ") " COMPILER;
}

const char *
Py_GetBuildInfo(void)
{
    return BUILD_INFO;
}

const char *
Py_GetCompiler(void)
{
    return "\n" COMPILER;
}

const char *
Py_GetPlatform(void)
{
    return "linux";
}

const char *
Py_GetCopyright(void)
{
    return "Copyright (c) 2026 the Kingsnake authors.\nAll Rights Reserved.";
}

const char *
_Py_gitidentifier(void)
{
    return "";
}

const char *
_Py_gitversion(void)
{
    return "";
}
