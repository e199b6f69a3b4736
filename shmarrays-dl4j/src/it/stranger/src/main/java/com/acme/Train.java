package com.acme;

import java.util.Map;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.update.Updates;

public final class Train {
    public static void main(String[] args) {
        try (Nd4jArrays params = Nd4jArrays.create(Map.of("W", Nd4j.ones(2, 3)))) {
            params.update(Map.of("W", Nd4j.ones(2, 3)), Updates.sgd(0.5));
            INDArray w = params.read().get("W");
            ShmArrays.remove(params.name());
            long parameters;
            MultiLayerConfiguration conf = new NeuralNetConfiguration.Builder()
                    .list()
                    .layer(new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nIn(3).nOut(2).build())
                    .build();
            MultiLayerNetwork network = new MultiLayerNetwork(conf);
            network.init();
            TrainingOptions options = TrainingOptions.defaults().withName("network");
            try (SharedTraining training = SharedTraining.join(network, options)) {
                training.fit(new DataSet(Nd4j.ones(1, 3), Nd4j.createFromArray(new float[][] {{1, 0}})));
                parameters = training.iteration() * network.numParams();
            }
            ShmArrays.remove("network");
            System.out.println("sum=" + w.sumNumber() + " parameters=" + parameters);
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
            System.exit(3);
        }
    }
}
