// Reads a cluster of a Pilot stack. The outputs are plain data: no package of Pilot is needed.
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// cluster has the outputs that this program reads; docs/reference/outputs.md lists all.
type cluster struct {
	Version    int    `json:"version"`
	Name       string `json:"name"`
	Endpoint   string `json:"endpoint"`
	Kubeconfig string `json:"kubeconfig"`
	OIDC       struct {
		Issuer      string `json:"issuer"`
		ProviderARN string `json:"providerArn"`
		Audience    string `json:"audience"`
	} `json:"oidc"`
	Network struct {
		Zones []string `json:"zones"`
	} `json:"network"`
}

// clusterOf finds the cluster of this name in a stack's output `clusters`.
func clusterOf(clusters any, name string) (cluster, error) {
	text, err := json.Marshal(clusters)
	if err != nil {
		return cluster{}, err
	}
	var found map[string]cluster
	if err := json.Unmarshal(text, &found); err != nil {
		return cluster{}, err
	}
	one, has := found[name]
	if !has {
		return cluster{}, fmt.Errorf("the stack has no cluster %s", name)
	}
	if one.Version != 1 {
		return cluster{}, fmt.Errorf("cluster %s has outputs of version %d; this program reads 1", name, one.Version)
	}
	return one, nil
}

// serviceAccountTrust is the trust policy of an IAM role for one service account of a cluster.
func serviceAccountTrust(one cluster, namespace, name string) (string, error) {
	issuer := strings.TrimPrefix(one.OIDC.Issuer, "https://")
	text, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Effect":    "Allow",
			"Principal": map[string]string{"Federated": one.OIDC.ProviderARN},
			"Action":    "sts:AssumeRoleWithWebIdentity",
			"Condition": map[string]any{"StringEquals": map[string]string{
				issuer + ":sub": "system:serviceaccount:" + namespace + ":" + name,
				issuer + ":aud": one.OIDC.Audience,
			}},
		}},
	})
	return string(text), err
}

func program(ctx *pulumi.Context) error {
	conf := config.New(ctx, "")
	stack, err := pulumi.NewStackReference(ctx, conf.Require("clusters"), nil)
	if err != nil {
		return err
	}
	found := stack.GetOutput(pulumi.String("clusters")).ApplyT(func(clusters any) (cluster, error) {
		return clusterOf(clusters, conf.Require("cluster"))
	})
	ctx.Export("endpoint", found.ApplyT(func(one any) string { return one.(cluster).Endpoint }))
	ctx.Export("kubeconfig", found.ApplyT(func(one any) string { return one.(cluster).Kubeconfig }))
	ctx.Export("zones", found.ApplyT(func(one any) []string { return one.(cluster).Network.Zones }))
	ctx.Export("trust", found.ApplyT(func(one any) (string, error) { return serviceAccountTrust(one.(cluster), "shop", "api") }))
	return nil
}

func main() { pulumi.Run(program) }
