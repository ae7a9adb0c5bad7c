package lockstep

// channel adds what an event says about the use of its channel.
func (f *footsteps) channel(r *run, name int32, e *event, o operation, p phase) {
	who := f.of(r.routines[e.goroutine])
	switch {
	case o == opMake, o == opSelectCase && p == phaseRefused: // the select has looked at it
		return
	case o == opLength, o == opAtomic && e.argument == atomicLoad:
		f.add(use{object: name, kind: useRead})
		return
	case o == opSelectCase:
		who.channels = append(who.channels, name)
	case o == opSelect && p == phaseWake: // it no longer waits for the others
		for _, other := range who.channels {
			f.add(use{object: other, kind: useWrite})
		}
		who.channels = who.channels[:0]
	}
	f.add(f.communication(r, name, e, o, p))
}

// communication: on a buffer that has both room and values, sends and receives do not concern each other. So it is for
// those operations that need not meet anybody.
func (f *footsteps) communication(r *run, name int32, e *event, o operation, p phase) use {
	sends, takes := &f.names.counts[name], &f.names.takes[name]
	u := use{object: name, kind: useWrite, delta: int32(r.records[e.object].capacity)}
	buffered := u.delta > 0 && r.records[e.object].kind == kindChannel
	switch plain := buffered && p == phaseDone; {
	case p == phaseRefused || o == opSelectCase || o == opSelect && p == phaseBlock:
	case p == phaseBlock && buffered && o == opSend:
		u.kind, u.delta = useQueue, int32(useSend)
	case p == phaseBlock && buffered && o == opReceive:
		u.kind, u.delta = useQueue, int32(useReceive)
	case p == phaseBlock:
	case o == opClose && buffered:
		u.kind = useClose
	case o == opSend || o == opSelect && e.argument == directionSend:
		if plain && o == opSend && e.partner == none {
			u.kind, u.count = useSend, *sends
		}
		*sends++
	case o == opReceive && e.argument == closedEnd:
		if plain {
			u.kind = useDrained
		}
	case o == opReceive || o == opSelect && e.argument == directionReceive:
		if plain && o == opReceive && e.partner == none {
			u.kind, u.count = useReceive, *takes
		}
		*takes++
	}
	return u
}
