package lockstep

// mattering finds out which operations of a run can come in another order so that it makes a difference: two of different
// goroutines on one thing, neither of which has to come before the other, that do not commute.
type mattering struct {
	lesson *lesson
	things []thing // by object; the last one stands for the variables that are raced for
}

// thing is what was done with a channel, a lock, a variable.
type thing struct {
	done  []deed
	sites []uint32 // of operations that matter
}

type deed struct {
	step int32
	op   operation
	what int32
	site uint32
	told bool
}

// mostDeeds on one thing are compared with each other.
const mostDeeds = 64

// matteringIn gives the sites of operations that matter, one group for each thing.
func matteringIn(r *run) (groups [][]uint32) {
	m := mattering{learn(r, &relations{}, 0).lesson, make([]thing, len(r.records)+1)}
	events := 0
	for i := range m.lesson.Steps {
		s := &r.steps[i]
		if s.op == opRead || s.op == opWrite {
			m.add(len(r.records), deed{step: int32(i), op: s.op, site: s.site})
		}
		end := len(r.events)
		if i+1 < len(r.steps) {
			end = int(r.steps[i+1].events)
		}
		for events = int(s.events); events < end; events++ {
			e := &r.events[events]
			if e.object == none || e.site == none || e.site&internalSite != 0 || int32(e.goroutine) != s.g || e.site != s.site {
				continue
			}
			if o := operation(e.head & 0xff); o != opMake && o != opRead && o != opWrite {
				m.add(int(e.object), deed{int32(i), o, e.argument, e.site, false})
			}
		}
	}
	for i := range m.things {
		if len(m.things[i].sites) > 0 {
			groups = append(groups, m.things[i].sites)
		}
	}
	return groups
}

func (m *mattering) add(object int, d deed) {
	on := &m.things[object]
	for i := range on.done {
		other := &on.done[i]
		if m.lesson.Steps[other.step] == m.lesson.Steps[d.step] || other.told && d.told ||
			commuting(other.op, d.op, other.what, d.what) || m.lesson.forces(int(other.step), int(d.step)) {
			continue
		}
		on.tell(other)
		on.tell(&d)
	}
	if len(on.done) < mostDeeds {
		on.done = append(on.done, d)
	}
}

func (t *thing) tell(d *deed) {
	if !d.told && !oneOf(t.sites, d.site) && len(t.sites) < mostGroups {
		t.sites = append(t.sites, d.site)
	}
	d.told = true
}
