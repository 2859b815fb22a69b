/* SPDX-License-Identifier: MIT */
/* The libraries that compute digests are loaded when the first digest is asked for: libcrypto
 * is large, a start would take noticeably longer, and most programs hash nothing. */
#include "hash_parts.h"
#include <dlfcn.h>

int
ks_hash_library(const char *soname, const char *const *names, void **functions, size_t count)
{
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    int complete = library != NULL;
    /* From the last to the first: the first one says that all are there. */
    for (size_t i = count; complete && i-- > 0;)
        complete = (functions[i] = dlsym(library, names[i])) != NULL;
    if (!complete) {
        PyErr_Format(PyExc_ImportError, "%s", dlerror());
        return -1;
    }
    return 0;
}
