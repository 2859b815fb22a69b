/* SPDX-License-Identifier: MIT */
/* The databases of users and groups, as the modules pwd, grp and spwd read them: the search with a
 * buffer that grows until an entry fits, the list of all entries, and the state of the modules. */
#include "entry_parts.h"

#include <errno.h>

#define ROOM_FIRST 1024
#define ROOM_MOST ((size_t)1 << 30)

/* ---- state of a module ---------------------------------------------------------------------- */

static EntryState *
state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

int
ks_entry_start(PyObject *module, PyStructSequence_Desc *desc)
{
    EntryState *state = state_of(module);
    state->type = PyStructSequence_NewType(desc);
    return state->type == NULL ? -1 : PyModule_AddObjectRef(module, strrchr(desc->name, '.') + 1, (PyObject *)state->type);
}

int
ks_entry_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(state_of(module)->type);
    return 0;
}

int
ks_entry_clear(PyObject *module)
{
    Py_CLEAR(state_of(module)->type);
    return 0;
}

void
ks_entry_free(void *module)
{
    ks_entry_clear(module);
}

/* ---- entries -------------------------------------------------------------------------------- */

PyObject *
ks_entry_new(PyObject *module)
{
    return PyStructSequence_New(state_of(module)->type);
}

PyObject *
ks_entry_text(const char *text)
{
    return text != NULL ? PyUnicode_DecodeFSDefault(text) : Py_NewRef(Py_None);
}

int
ks_entry_find(PyObject *module, EntryQuery *query, PyObject **result)
{
    size_t room = query->room > 0 ? (size_t)query->room : ROOM_FIRST;
    char *buffer = NULL;
    void *found = NULL;
    int error = ERANGE;
    *result = NULL;
    while (error == ERANGE) {
        char *bigger = room < ROOM_MOST ? PyMem_RawRealloc(buffer, room) : NULL;
        if (bigger == NULL) {
            error = ENOMEM;
            break;
        }
        buffer = bigger;
        Py_BEGIN_ALLOW_THREADS
        error = query->read(query, buffer, room, &found);
        Py_END_ALLOW_THREADS
        room *= 2;
    }
    int is_known = 1;
    if (error == ENOMEM && found == NULL)
        PyErr_NoMemory();
    else if (error != 0 || found == NULL)
        is_known = 0;
    else
        *result = query->make(module, found);
    PyMem_RawFree(buffer);
    return is_known;
}

PyObject *
ks_entry_all(PyObject *module, void (*rewind)(void), void *(*next)(void), void (*end)(void), KsEntryMake *make)
{
    KS_OWNED PyObject *list = PyList_New(0);
    void *entry;
    rewind();
    while (list != NULL && (entry = next()) != NULL) {
        KS_OWNED PyObject *object = make(module, entry);
        if (object == NULL || PyList_Append(list, object) < 0)
            Py_CLEAR(list);
    }
    end();
    return ks_give(&list);
}
