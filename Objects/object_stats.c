/* SPDX-License-Identifier: MIT */
/* Lines of sys._debugmallocstats() about the freelists of single types. */
#include "Python.h"
#include "pycore_object.h"
#include "pycore_floatobject.h"
#include "pycore_list.h"
#include "pycore_tuple.h"
#include "ks_base.h"

void
_PyDebugAllocatorStats(FILE *out, const char *block_name, int num_blocks, size_t sizeof_block)
{
    char label[128];
    PyOS_snprintf(label, sizeof(label), "%d %ss * %zd bytes each", num_blocks, block_name,
                  (Py_ssize_t)sizeof_block);
    fprintf(out, "%-40s = %20zu\n", label, (size_t)num_blocks * sizeof_block);
}

void
_PyObject_DebugTypeStats(FILE *out)
{
    _PyDict_DebugMallocStats(out);
    _PyFloat_DebugMallocStats(out);
    _PyList_DebugMallocStats(out);
    _PyTuple_DebugMallocStats(out);
}
