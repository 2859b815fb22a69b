/* SPDX-License-Identifier: MIT */
/* The classes of the `ast` module, one slot for each row of ast.def that has one. */
#ifndef KS_AST_TYPES_H
#define KS_AST_TYPES_H

#include "ks_ast.h"

typedef enum KsAstSlot {
    KS_SLOT_AST,
#define ENUM_BEGIN(name, type) KS_SLOT_##name,
#define ENUM_VALUE(name, type, value) KS_SLOT_##value, KS_SLOT_ONE_##value,
#define SUM_BEGIN(name, type, attrs) KS_SLOT_##name,
#define NODE_BEGIN(name, type, node) KS_SLOT_##node,
#define PRODUCT_BEGIN(name, type, attrs) KS_SLOT_##name,
#include "../../Parser/ast.def"
    KS_SLOT_COUNT
} KsAstSlot;

/* Classes, and at KS_SLOT_ONE_* the one instance of an operator's or context's class. */
extern PyObject *ks_ast_slots[KS_SLOT_COUNT];

/* Makes the classes unless they exist; 0, or -1 with an exception. */
int ks_ast_types_init(void);

#endif
