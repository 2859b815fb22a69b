/* SPDX-License-Identifier: MIT */
/* Static probe points. This build defines none, so nobody is ever listening. */
#ifndef Py_DTRACE_H
#define Py_DTRACE_H

#ifdef __cplusplus
extern "C" {
#endif

#define KS_PROBE(name, parameters)          \
    static inline void                      \
    PyDTrace_##name parameters              \
    {                                       \
    }                                       \
    static inline int                       \
    PyDTrace_##name##_ENABLED(void)         \
    {                                       \
        return 0;                           \
    }

KS_PROBE(LINE, (const char *Py_UNUSED(file), const char *Py_UNUSED(name), int Py_UNUSED(line)))
KS_PROBE(FUNCTION_ENTRY,
         (const char *Py_UNUSED(file), const char *Py_UNUSED(name), int Py_UNUSED(line)))
KS_PROBE(FUNCTION_RETURN,
         (const char *Py_UNUSED(file), const char *Py_UNUSED(name), int Py_UNUSED(line)))
KS_PROBE(GC_START, (int Py_UNUSED(generation)))
KS_PROBE(GC_DONE, (long Py_UNUSED(collected)))
KS_PROBE(INSTANCE_NEW_START, (int Py_UNUSED(flag)))
KS_PROBE(INSTANCE_NEW_DONE, (int Py_UNUSED(flag)))
KS_PROBE(INSTANCE_DELETE_START, (int Py_UNUSED(flag)))
KS_PROBE(INSTANCE_DELETE_DONE, (int Py_UNUSED(flag)))
KS_PROBE(IMPORT_FIND_LOAD_START, (const char *Py_UNUSED(name)))
KS_PROBE(IMPORT_FIND_LOAD_DONE, (const char *Py_UNUSED(name), int Py_UNUSED(found)))
KS_PROBE(AUDIT, (const char *Py_UNUSED(event), void *Py_UNUSED(arguments)))
#undef KS_PROBE

#ifdef __cplusplus
}
#endif

#endif
