package rewrite

// A siteTable numbers the sites of one package from its base on, which counts whole blocks: what a package has more
// or less changes the ids, and so the text, of the packages behind it only when it needs another block. Bit 31 marks
// sites inside the standard library.
type siteTable struct {
	base     uint32
	sites    []Site
	overflow bool
}

const (
	block    = 1 << 16
	blocks   = internal / block
	internal = 1 << 31
)

func (t *siteTable) add(s Site) string {
	if t.base%internal+uint32(len(t.sites))+1 == internal {
		t.overflow = true
		return "0"
	}
	s.ID = t.base + uint32(len(t.sites)+1)
	s.Internal = t.base&internal != 0
	t.sites = append(t.sites, s)
	return decimal(s.ID)
}

// next is the base of the package that comes behind; a package without sites has a block too.
func (t *siteTable) next() uint32 { return t.base + uint32(len(t.sites)/block+1)*block }
