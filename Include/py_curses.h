/* SPDX-License-Identifier: MIT */
/* The _curses module's C interface: its window objects and, through a capsule, their type.
 * import_curses() must run before the type is used. */
#ifndef Py_CURSES_H
#define Py_CURSES_H

#include <ncurses.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PyCurses_CAPSULE_NAME "_curses._C_API"
#define PyCurses_API_pointers 4

typedef struct {
    PyObject_HEAD
    WINDOW *win;
    char *encoding;
} PyCursesWindowObject;

#define PyCursesWindow_Check(object) Py_IS_TYPE(object, &PyCursesWindow_Type)

/* The module itself has the real things under these names. */
#ifndef CURSES_MODULE
static void **PyCurses_API;

#define PyCursesWindow_Type (*_PyType_CAST(PyCurses_API[0]))
#define import_curses() \
    PyCurses_API = _Py_CAST(void **, PyCapsule_Import(PyCurses_CAPSULE_NAME, 1));

/* Each returns NULL from the caller, with an exception, unless its stage was reached. */
#define KS_CURSES_STAGE(slot)                            \
    {                                                    \
        if (((int (*)(void))PyCurses_API[slot])() == 0)  \
            return NULL;                                 \
    }
#define PyCursesSetupTermCalled KS_CURSES_STAGE(1)
#define PyCursesInitialised KS_CURSES_STAGE(2)
#define PyCursesInitialisedColor KS_CURSES_STAGE(3)
#endif

#ifdef __cplusplus
}
#endif

#endif
