package rewrite

// A siteTable numbers the sites of one package: its ordinal in the upper half of the id, a counter from 1
// in the lower half. Bit 31 marks sites inside the standard library.
type siteTable struct {
	base     uint32
	sites    []Site
	overflow bool
}

const (
	perPackage  = 1<<16 - 1
	maxPackages = 1 << 15
	internal    = 1 << 31
)

func (t *siteTable) add(s Site) string {
	if len(t.sites) == perPackage {
		t.overflow = true
		return "0"
	}
	s.ID = t.base | uint32(len(t.sites)+1)
	s.Internal = t.base&internal != 0
	t.sites = append(t.sites, s)
	return decimal(s.ID)
}
