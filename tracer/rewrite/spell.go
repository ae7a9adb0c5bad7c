package rewrite

import (
	"go/token"
	"go/types"
)

// spell writes a type as it can be written at a position of the file, or says that it cannot: a package
// may not be imported, a name shadowed or not exported.
func (w *walker) spell(t types.Type, pos token.Pos) (string, bool) {
	names := map[string]string{}
	for _, spec := range w.file.syntax.Imports {
		object := w.info.Implicits[spec]
		if spec.Name != nil {
			object = w.info.Defs[spec.Name]
		}
		if name, ok := object.(*types.PkgName); ok {
			names[name.Imported().Path()] = name.Name()
		}
	}
	text := types.TypeString(t, func(p *types.Package) string {
		if p.Path() == w.unit.types.Path() {
			return ""
		}
		if name := names[p.Path()]; name != "" {
			return name
		}
		return "·" // no identifier: the check below fails
	})
	value, err := types.Eval(w.set, w.unit.types, pos, text)
	if err != nil || !value.IsType() || !types.Identical(value.Type, t) {
		return "", false
	}
	return text, true
}
