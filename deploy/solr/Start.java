import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/** Starts one Solr: `java Start HOME PORT`. */
public class Start {
    public static void main(String[] args) throws Exception {
        JettyConfig config = JettyConfig.builder().setPort(Integer.parseInt(args[1])).build();
        JettySolrRunner runner = new JettySolrRunner(args[0], config);
        runner.start();
        Thread.currentThread().join();
    }
}
