/* SPDX-License-Identifier: MIT */
/* The runner: one embedded interpreter, one CUnit suite for each line of suites.def.
 *
 * capi_tests            every suite
 * capi_tests list dict  these suites alone
 * capi_tests -l         their names */
#include "capi.h"
#include <CUnit/Basic.h>

#define SUITE(name) void add_##name##_tests(CU_pSuite suite);
#include "suites.def"
#undef SUITE

static const struct {
    const char *name;
    void (*add)(CU_pSuite suite);
} suites[] = {
#define SUITE(name) {#name, add_##name##_tests},
#include "suites.def"
#undef SUITE
};

/* After each test: memory is back, and no exception is left for the next one. */
static void
settle(void)
{
    ks_fail_stop();
    PyObject *left = PyErr_Occurred();
    CU_ASSERT_PTR_NULL(left);
    if (left != NULL)
        PyErr_Print();
}

static int
is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc == 1;
}

int
main(int argc, char **argv)
{
    size_t count = sizeof(suites) / sizeof(suites[0]), chosen = 0;
    if (argc == 2 && strcmp(argv[1], "-l") == 0) {
        for (size_t i = 0; i < count; i++)
            puts(suites[i].name);
        return 0;
    }
    Py_Initialize();
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(suites[i].name, argc, argv))
            continue;
        CU_pSuite suite = CU_add_suite_with_setup_and_teardown(suites[i].name, NULL, NULL, NULL,
                                                               settle);
        if (suite == NULL)
            return 2;
        suites[i].add(suite);
        chosen++;
    }
    if (chosen == 0) {
        fprintf(stderr, "capi_tests: no such suite\n");
        return 2;
    }
    CU_basic_set_mode(getenv("CAPI_VERBOSE") != NULL ? CU_BRM_VERBOSE : CU_BRM_NORMAL);
    CU_ErrorCode run = CU_basic_run_tests();
    int is_good = run == CUE_SUCCESS && CU_get_number_of_failures() == 0
                  && CU_get_number_of_tests_run() > 0;
    CU_cleanup_registry();
    if (Py_FinalizeEx() < 0)
        is_good = 0;
    return is_good ? 0 : 1;
}
