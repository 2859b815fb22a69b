/* SPDX-License-Identifier: MIT */
/* list for the eval loop. */
#ifndef Py_INTERNAL_LIST_H
#define Py_INTERNAL_LIST_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "listobject.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef PyList_MAXFREELIST
#define PyList_MAXFREELIST 80
#endif

struct _Py_list_state {
#if PyList_MAXFREELIST > 0
    PyListObject *free_list[PyList_MAXFREELIST];
    int numfree;
#endif
};

extern void _PyList_Fini(PyInterpreterState *);
extern int _PyList_AppendTakeRefListResize(PyListObject *self, PyObject *newitem); /* steals newitem */

#define _PyList_ITEMS(list) (_PyList_CAST(list)->ob_item)

/* Takes item over. 0, or -1 with an exception. */
static inline int
_PyList_AppendTakeRef(PyListObject *list, PyObject *item)
{
    Py_ssize_t count = list->ob_base.ob_size;
    if (count >= list->allocated)
        return _PyList_AppendTakeRefListResize(list, item);
    list->ob_item[count] = item;
    list->ob_base.ob_size = count + 1;
    return 0;
}

#ifdef __cplusplus
}
#endif

#endif
