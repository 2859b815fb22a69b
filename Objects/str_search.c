/* SPDX-License-Identifier: MIT */
/* The three instances of the search template: characters of 1, 2 and 4 bytes. */
#include "Python.h"
#include "ks_search.h"

#include <string.h>

#define SEARCH_CHAR Py_UCS1
#define SEARCH_WIDTH 1
#define SEARCH(name) ks_search1_##name
#include "search_find.h"

#define SEARCH_CHAR Py_UCS2
#define SEARCH_WIDTH 2
#define SEARCH(name) ks_search2_##name
#include "search_find.h"

#define SEARCH_CHAR Py_UCS4
#define SEARCH_WIDTH 4
#define SEARCH(name) ks_search4_##name
#include "search_find.h"
