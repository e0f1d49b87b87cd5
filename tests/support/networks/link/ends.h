/* SPDX-License-Identifier: ISC */
/* The two ends of the line. Descriptors carry one Ethernet frame a read or write and do
 * not block. What goes wrong ends the program. */
#pragma once

/* A namespace of its own with a tap in it; returns the tap and leaves the process in the
 * namespace it was in. *space is the namespace, which lasts as long as it is open. */
int end_in_new_namespace(const char *interface, int *space);

/* The far side of a new tap without address, which a guest can be attached to: what the
 * guest sends is read here. */
int end_at_new_interface(const char *interface);

/* Takes that tap away; does not return. */
_Noreturn void end_of_interface(const char *interface);
