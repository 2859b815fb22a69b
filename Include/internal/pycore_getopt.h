/* SPDX-License-Identifier: MIT */
/* The command line's options. */
#ifndef Py_INTERNAL_PYGETOPT_H
#define Py_INTERNAL_PYGETOPT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const wchar_t *name;
    int has_arg;
    int val;
} _PyOS_LongOption;

extern int _PyOS_opterr;
extern Py_ssize_t _PyOS_optind;
extern const wchar_t *_PyOS_optarg;

extern void _PyOS_ResetGetOpt(void);
extern int _PyOS_GetOpt(Py_ssize_t argc, wchar_t *const *argv, int *longindex);

#ifdef __cplusplus
}
#endif

#endif
