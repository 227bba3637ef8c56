// Reads discovery and scores with the Go client that openapi-generator makes of the contract. Takes the URL of an engine.
package main

import (
	"context"
	"fmt"
	"os"

	client "example.com/engine/client"
)

func main() {
	if err := read(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(url string) error {
	configuration := client.NewConfiguration()
	configuration.Servers = client.ServerConfigurations{{URL: url}}
	api := client.NewAPIClient(configuration)
	list, _, err := api.DiscoveryAPI.ListDeployments(context.Background()).Execute()
	if err != nil {
		return err
	}
	for _, deployment := range list.Resources {
		if deployment.Metadata.Guid != "iris" {
			continue
		}
		fields := []string{"sepal_length", "sepal_width", "petal_length", "petal_width"}
		table := client.NewScoringTable(fields, [][]interface{}{{5.1, 3.5, 1.4, 0.2}})
		request := client.ScoringTableAsScoringRequest(table)
		answer, _, err := api.ScoringAPI.ScoreDeployment(context.Background(), "iris").ScoringRequest(request).Execute()
		if err != nil {
			return err
		}
		if answer.ScoredTable == nil {
			return fmt.Errorf("a table was answered with something else")
		}
		fmt.Println(deployment.Entity.GetScoringUrl(), deployment.Entity.Asset.GetAssetId(), answer.ScoredTable.Values[0][4])
		return nil
	}
	return fmt.Errorf("discovery does not list iris")
}
