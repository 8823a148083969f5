// Package gateway receives what people and vendors send, and makes it durable
// before anybody is told that it was received.
//
// Its invariants:
//
//   - A body is limited and read before anything looks at it; vendors' routes
//     are mounted by the application, so that signatures are checked by the
//     package that knows the vendor.
//   - An act (compliance.Inbound) is an update of its process, under the
//     delivery as update id. Once accepted it is in the process's history and is
//     never sent again; when nobody accepts it in time, a signal with the same
//     delivery makes it durable; when that fails too, the person is told that
//     nothing was recorded (C15).
//   - An act on a process that is over starts a recording, whose id is derived
//     from the delivery, so that it is on record once and answered from the
//     evidence index (C19, E15).
//   - An authenticated act that no process could take is turned away, and the
//     attempt is put on record without anybody waiting for it, at most 20 a minute
//     of one account (E15). What is not authenticated is only counted: anybody
//     could flood the log with it.
//   - The gateway refuses only what it cannot route. Who may decide what, and
//     when, is the process's business, because a refusal there is evidence.
//   - It keeps no state that matters. Any number of gateways may run; killing
//     one loses only requests that nobody had been answered yet.
package gateway
