// Added to kOps's package of this name, see local/tools/kops-hashes.ts.

package assetdata

import "sync"

var parsers sync.Map

// parseOnce is parseManifestFile for a file that is embedded under a name. All calls return the first result.
func parseOnce(name string, content []byte) (*manifest, error) {
	parse := sync.OnceValues(func() (*manifest, error) { return parseManifestFile(content) })
	parser, _ := parsers.LoadOrStore(name, parse)
	return parser.(func() (*manifest, error))()
}
