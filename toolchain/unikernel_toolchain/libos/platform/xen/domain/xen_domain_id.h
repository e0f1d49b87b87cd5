/* SPDX-License-Identifier: ISC */
#ifndef XEN_DOMAIN_ID_H
#define XEN_DOMAIN_ID_H

/* After a resume elsewhere it is another one. */
void xen_domain_id_forget(void);

#endif
