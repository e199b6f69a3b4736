package org.shmarrays.spark.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class HostOptionsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--hosts 2                               | --spark must be given",
                "--spark spark                           | "
                        + "--spark must be local-cluster, spark://HOST:PORT or local[N]: spark",
                "--spark spark://host                    | "
                        + "--spark must be local-cluster, spark://HOST:PORT or local[N]: spark://host",
                "--spark yarn                            | "
                        + "--spark must be local-cluster, spark://HOST:PORT or local[N]: yarn; submit the "
                        + "example by spark-submit",
                "--spark k8s://https://h:6443            | submit the example by spark-submit",
                "--spark local[*] --hosts 2              | "
                        + "has one host, the driver itself: --hosts 2; for several hosts on one machine use "
                        + "--spark local-cluster",
                "--spark local-cluster --hosts 0         | --hosts must be 1 to 200: 0",
                "--spark local-cluster --workers 0       | --workers must be 1 to ",
                "--spark local-cluster --every 0         | --every must be 1 to 1000000: 0",
                "--spark local-cluster --checkpoint-every 0 | --checkpoint-every must be 1 to 1000000 rounds: 0",
                "--spark local-cluster --conf a=b        | --conf must be a setting of Spark, spark.…: a",
                "--spark local-cluster --combine mean    | "
                        + "expected average or delta:RATE,MOMENTUM, such as delta:1.0,0.5, but was 'mean'",
                "--spark local-cluster --combine delta:1 | expected average or delta:RATE,MOMENTUM",
                "--spark local-cluster --combine delta:1,x    | expected average or delta:RATE,MOMENTUM",
                "--spark local-cluster --combine delta:0,0.5  | the outer learning rate must be greater than 0",
                "--spark local-cluster --combine delta:1,1    | the outer momentum must be from 0 to less than 1"
            })
    void shouldRefuseWhatCannotBe(final String options, final String message) {
        for (final String command : List.of("mnist", "sparse-svm")) {
            assertThat(errorOf(command + " " + options)).contains(message);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mnist --save nofs://host/m.zip | --save must be a file that can be written: nofs://host/m.zip: ",
                "mnist --save /proc/none/m.zip  | --save must be a file that can be written: /proc/none/m.zip: ",
                "mnist --epochs 0               | --epochs must be 1 to 1000000: 0",
                "mnist --batch-size 60001       | --batch-size must be 1 to 60000: 60001",
                "mnist --evaluate-every 0       | --evaluate-every must be 1 to 1000000: 0",
                "mnist --target-accuracy 98     | --target-accuracy must be in (0, 1]: 98.0",
                "mnist --learning-rate NaN      | "
                        + "--learning-rate must be a positive number that fits into a float: NaN",
                "mnist --mode atomic            | --mode must be hogwild or locked: atomic",
                "mnist --model cnn              | "
                        + "expected one of [dl4j-mlp, dl4j-cnn, lenet, samediff-mlp], but was 'cnn'",
                "sparse-svm --examples 0        | --examples must be 1 to 10000000: 0",
                "sparse-svm --epochs 0          | --epochs must be 1 to 1000000: 0",
                "sparse-svm --learning-rate -1  | "
                        + "--learning-rate must be a positive number that fits into a float: -1.0",
                "sparse-svm --mode ordered      | --mode must be hogwild, atomic or locked: ordered"
            })
    void shouldRefuseWhatATrainingCannotBe(final String command, final String message) {
        assertThat(errorOf(command + " --spark local-cluster")).contains(message);
    }

    private static String errorOf(final String command) {
        final StringWriter err = new StringWriter();
        final CommandLine commandLine = SparkExamples.commandLine()
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(err, true));

        assertThat(commandLine.execute(command.split(" "))).as(err.toString()).isEqualTo(2);

        return err.toString();
    }

    @Test
    void shouldSizeTheHostsOfAStandaloneCluster() {
        final SparkConf conf = options(
                        "--spark", "spark://h:1", "--hosts", "3", "--workers", "4", "--conf", "spark.a=b")
                .conf("mnist");

        assertThat(conf.get("spark.master")).isEqualTo("spark://h:1");
        assertThat(conf.get("spark.executor.cores")).isEqualTo("4");
        assertThat(conf.get("spark.cores.max")).isEqualTo("12");
        assertThat(conf.get("spark.a")).isEqualTo("b");
    }

    @Test
    void shouldTakeTheCoresOfASettingForTheWorkers() {
        final HostOptions options = options("--spark", "spark://h:1", "--conf", "spark.executor.cores=3");

        assertThat(options.workers(options.conf("mnist"))).isEqualTo(3);
        assertThat(options.conf("mnist").contains("spark.cores.max")).isFalse();
    }

    private static HostOptions options(final String... arguments) {
        final CommandLine commandLine = new CommandLine(new MnistHostsCommand());
        commandLine.parseArgs(arguments);
        return (HostOptions) commandLine.getMixins().get("hosts");
    }

    @Test
    void shouldSayThatNoMasterAnswers() throws IOException {
        final int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
            MasterAddress.checkAnswers("spark://127.0.0.1:" + closed);
        }

        assertThatIllegalStateException()
                .isThrownBy(() -> MasterAddress.checkAnswers("spark://127.0.0.1:" + closed))
                .withMessageStartingWith("no Master of Spark answers at spark://127.0.0.1:" + closed + ": ");
    }

    @Test
    void shouldHaveExamplesAndExitCodes() {
        assertThat(SparkExamples.commandLine().getSubcommands().values())
                .hasSize(2)
                .allSatisfy(command -> assertThat(command.getUsageMessage())
                        .contains("Examples:", "Exit codes:", "--spark=MASTER_URL"));
    }
}
