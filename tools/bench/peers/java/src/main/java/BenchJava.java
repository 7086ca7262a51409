// The same point reads as bench_load's, with the Java driver, one connection.
//
//   BenchJava ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [cluster=CONNECTIONS]
//
// A cluster gets the connections and is routed to as by a session of which nothing else is asked; it begins when there are
// so many of them.

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import java.io.FileInputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public final class BenchJava {
  private final CqlSession session;
  private final PreparedStatement statement;
  private final long requests;
  private final long[] latencies;
  private final AtomicLong left;
  private final AtomicLong owed;
  private final AtomicLong sum = new AtomicLong();
  private final CompletableFuture<Void> over = new CompletableFuture<>();

  /** One request of sixteen is timed when many are in flight, as bench_load does. */
  private final long untimed;

  private BenchJava(CqlSession session, PreparedStatement statement, long requests, int concurrency) {
    this.session = session;
    this.statement = statement;
    this.requests = requests;
    untimed = concurrency > 1 ? 15 : 0;
    latencies = new long[(int) ((requests - 1) / (untimed + 1) + 1)];
    left = new AtomicLong(requests);
    owed = new AtomicLong(requests);
  }

  private void next() {
    long key = left.getAndDecrement();
    if (key <= 0) return;
    long index = requests - key;
    boolean timed = (index & untimed) == 0;
    long begun = timed ? System.nanoTime() : 0;
    session.executeAsync(statement.bind(key)).whenComplete((rows, failure) -> {
      if (failure != null) {
        over.completeExceptionally(failure);
        return;
      }
      long read = 0;
      for (Row row : rows.currentPage()) read += row.getLong(0) + row.getString(1).length();
      sum.addAndGet(read);
      if (timed) latencies[(int) (index / (untimed + 1))] = System.nanoTime() - begun;
      if (owed.decrementAndGet() == 0) over.complete(null);
      next();
    });
  }

  private void run(int concurrency) {
    for (int i = 0; i < concurrency; ++i) next();
    over.join();
  }

  /** User and system clock ticks of this process, and its peak in KiB. */
  private static double[] usage() throws Exception {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    double peak = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM:")) peak = Double.parseDouble(line.replaceAll("[^0-9]", ""));
    return new double[] {Double.parseDouble(fields[11]) / 100, Double.parseDouble(fields[12]) / 100, peak};
  }

  private static SSLContext trusting(String authority) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (FileInputStream in = new FileInputStream(authority)) {
      store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static String word(String[] arguments, String name) {
    for (int i = 4; i < arguments.length; ++i)
      if (arguments[i].startsWith(name)) return arguments[i].substring(name.length());
    return null;
  }

  /**
   * The driver may open connections in the background. Those that the cluster counts may not be known here yet, so it must
   * be so for a while.
   */
  private static void waitForConnections(CqlSession session, int wanted) throws Exception {
    long end = System.nanoTime() + 60_000_000_000L;
    for (int inARow = 0; inARow < 10; ) {
      if (System.nanoTime() > end) throw new Exception("after 60 s there are not " + wanted + " connections");
      int connections = session.execute("SELECT connections FROM bench.cluster").one().getInt(0);
      inARow = connections >= wanted ? inARow + 1 : 0;
      Thread.sleep(20);
    }
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length < 4) {
      System.err.println("usage: BenchJava ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [cluster=CONNECTIONS]");
      System.exit(2);
    }
    int concurrency = Integer.parseInt(arguments[2]);
    long requests = Long.parseLong(arguments[3]);
    String authority = word(arguments, "ca=");
    String cluster = word(arguments, "cluster=");
    var loader = DriverConfigLoader.programmaticBuilder()
        .withString(DefaultDriverOption.PROTOCOL_VERSION, "V4")
        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(10))
        .withInt(DefaultDriverOption.CONNECTION_POOL_LOCAL_SIZE, 1)
        .withInt(DefaultDriverOption.CONNECTION_MAX_REQUESTS, 4096)
        .withInt(DefaultDriverOption.NETTY_IO_SIZE, 1)
        .withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, cluster != null)
        .build();
    var builder = CqlSession.builder()
        .addContactPoint(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])))
        .withLocalDatacenter(cluster != null ? "dc1" : "datacenter1")
        .withConfigLoader(loader);
    if (authority != null) builder.withSslContext(trusting(authority));
    try (CqlSession session = builder.build()) {
      if (cluster != null) waitForConnections(session, Integer.parseInt(cluster));
      PreparedStatement statement = session.prepare("SELECT key, value FROM bench.point WHERE key = ?");
      new BenchJava(session, statement, Math.min(requests / 10, 50_000) + concurrency, concurrency).run(concurrency);
      BenchJava load = new BenchJava(session, statement, requests, concurrency);
      double[] before = usage();
      long begun = System.nanoTime();
      load.run(concurrency);
      double wall = (System.nanoTime() - begun) / 1e9;
      double[] after = usage();
      Arrays.sort(load.latencies);
      double user = (after[0] - before[0]) / requests * 1e6;
      double system = (after[1] - before[1]) / requests * 1e6;
      System.out.printf(Locale.ROOT,
          "{\"requests\": %d, \"seconds\": %.6f, \"requests_per_second\": %.1f, \"user_us\": %.4f, \"system_us\": %.4f, "
              + "\"cpu_us\": %.4f, \"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"peak_rss_kib\": %.0f, \"sum\": %d}%n",
          requests, wall, requests / wall, user, system, user + system, load.at(0.5), load.at(0.99), load.at(0.999),
          after[2], load.sum.get());
    }
  }

  private double at(double which) {
    return latencies[(int) (which * (latencies.length - 1))] / 1e3;
  }
}
