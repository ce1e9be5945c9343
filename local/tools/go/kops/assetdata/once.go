// Built into kOps's own package of this name, see local/tools/kops-hashes.ts.

package assetdata

import "sync"

var parsers sync.Map

// parseOnce is parseManifestFile for a file that is embedded under a name: the first result is that of all calls.
func parseOnce(name string, content []byte) (*manifest, error) {
	parser, _ := parsers.LoadOrStore(name, sync.OnceValues(func() (*manifest, error) { return parseManifestFile(content) }))
	return parser.(func() (*manifest, error))()
}
