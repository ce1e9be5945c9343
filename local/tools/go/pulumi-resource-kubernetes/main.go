// Command pulumi-resource-kubernetes is the official plugin. Its own main package embeds two files that are made when
// it is released and that no module contains: see local/tools/kubernetes-plugin.ts, which makes them before a build.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, mapping)
}
