// client ADDRESS PORT READS CA SHARDS: ScyllaDB's gocql against a scripted cluster. Waits until it has all its connections,
// reads the schema, writes and reads with prepared statements. CA "-": plain.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/gocql/gocql"
)

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The driver opens connections to further shards in the background and has no call that waits for them. What the cluster
// counts may not be known here yet, so it must be so for a while.
func waitForShards(session *gocql.Session, shards int) {
	end := time.Now().Add(60 * time.Second)
	for inARow := 0; inARow < 10; {
		if time.Now().After(end) {
			check(fmt.Errorf("after 60 s not every shard has a connection"))
		}
		var connected int
		check(session.Query("SELECT connected FROM app.shards").Scan(&connected))
		inARow++
		if connected != shards {
			inARow = 0
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func main() {
	address, port, reads, ca, shards := os.Args[1], number(os.Args[2]), number(os.Args[3]), os.Args[4], number(os.Args[5])
	config := gocql.NewCluster(address)
	config.Port = port
	config.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy())
	config.Timeout = 30 * time.Second
	config.ConnectTimeout = 30 * time.Second
	if ca != "-" {
		config.SslOpts = &gocql.SslOptions{CaPath: ca, EnableHostVerification: true}
	}
	session, err := config.CreateSession()
	check(err)
	waitForShards(session, shards)
	keyspace, err := session.KeyspaceMetadata("app")
	check(err)
	table := keyspace.Tables["t"]
	if table == nil || len(table.Columns) != 2 || len(table.PartitionKey) != 1 || table.PartitionKey[0].Name != "k" {
		fmt.Fprintf(os.Stderr, "the schema was read as %+v\n", keyspace)
		os.Exit(1)
	}
	for i := 0; i < reads/10; i++ {
		check(session.Query("INSERT INTO app.t (k, v) VALUES (?, ?)", fmt.Sprintf("key %d", i), fmt.Sprintf("value %d", i)).Exec())
	}
	find := session.Query("SELECT v FROM app.t WHERE k = ?")
	for i := 0; i < reads; i++ {
		var value string
		check(find.Bind(fmt.Sprintf("key %d", i)).Scan(&value))
		if value != fmt.Sprintf("value of key %d", i) {
			fmt.Fprintf(os.Stderr, "read %d: %q\n", i, value)
			os.Exit(1)
		}
	}
	session.Close()
}
