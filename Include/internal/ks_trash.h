/* SPDX-License-Identifier: MIT */
/* The trashcan without calls: limits the C stack that nested containers need when they die.
 *
 *     PyThreadState *thread = _PyThreadState_GET();
 *     if (ks_trash_postpone(thread, self))
 *         return;
 *     ... drop the contents ...
 *     ks_trash_leave(thread);
 *
 * The object must be untracked before. Only for objects whose deallocator is the type's own: a
 * subclass's deallocator has entered the trashcan already and would be entered twice. */
#ifndef KS_TRASH_H
#define KS_TRASH_H

#include "ks_base.h"
#include "pycore_pystate.h"

#define KS_TRASH_DEPTH 50

KS_INLINE int
ks_trash_postpone(PyThreadState *thread, PyObject *self)
{
    if (KS_UNLIKELY(thread->trash_delete_nesting >= KS_TRASH_DEPTH))
        return _PyTrash_begin(thread, self);
    thread->trash_delete_nesting++;
    return 0;
}

KS_INLINE void
ks_trash_leave(PyThreadState *thread)
{
    if (KS_UNLIKELY(thread->trash_delete_later != NULL && thread->trash_delete_nesting <= 1))
        _PyTrash_end(thread);
    else
        thread->trash_delete_nesting--;
}

#endif
