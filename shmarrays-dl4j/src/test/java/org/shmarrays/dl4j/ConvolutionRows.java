package org.shmarrays.dl4j;

import static org.shmarrays.dl4j.ExactnessRow.shape;
import static org.shmarrays.dl4j.ExactnessRow.values;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CapsuleLayer;
import org.deeplearning4j.nn.conf.layers.CapsuleStrengthLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution2D;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LocallyConnected2D;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.Pooling2D;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.PrimaryCapsules;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.ExactnessRow.BatchSource;

/** Networks of layers for images and volumes. */
final class ConvolutionRows {
    private static final int SIZE = 4;
    private static final int CHANNELS = 2;
    private static final int MAPS = 3;
    private static final int CLASSES = Configurations.CLASSES;

    private final List<ExactnessRow> rows = new ArrayList<>();

    private ConvolutionRows() {}

    static List<ExactnessRow> rows() {
        final ConvolutionRows table = new ConvolutionRows();
        table.addConvolutions();
        table.addOtherImageLayers();
        table.addVolumes();
        table.addCapsules();
        return table.rows;
    }

    private void add(final String name, final InputType input, final BatchSource batches, final Layer... layers) {
        rows.add(ExactnessRow.network(
                "Layers for images and volumes",
                name,
                type -> {
                    final NeuralNetConfiguration.ListBuilder list =
                            Networks.builder(type, new Adam(0.01)).l2(0.001).list();
                    for (final Layer layer : layers) {
                        list.layer(layer.clone());
                    }
                    return list.setInputType(input).build();
                },
                batches));
    }

    private void addImage(final String name, final Layer... layers) {
        add(
                name,
                InputType.convolutional(SIZE, SIZE, CHANNELS),
                values(shape(CHANNELS, SIZE, SIZE), shape(CLASSES)),
                layers);
    }

    private void addVolume(final String name, final Layer... layers) {
        add(
                name,
                InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, SIZE, SIZE, SIZE, 1),
                values(shape(1, SIZE, SIZE, SIZE), shape(CLASSES)),
                layers);
    }

    private static ConvolutionLayer convolution() {
        return new ConvolutionLayer.Builder(2, 2).nOut(MAPS).build();
    }

    private static Layer output() {
        return Networks.output(0, CLASSES);
    }

    private void addConvolutions() {
        addImage(
                "`ConvolutionLayer`, `SubsamplingLayer`",
                convolution(),
                new SubsamplingLayer.Builder(PoolingType.MAX)
                        .kernelSize(2, 2)
                        .stride(1, 1)
                        .build(),
                output());
        add(
                "`ConvolutionLayer`, channels last",
                InputType.convolutional(SIZE, SIZE, CHANNELS, CNN2DFormat.NHWC),
                values(shape(SIZE, SIZE, CHANNELS), shape(CLASSES)),
                convolution(),
                new GlobalPoolingLayer(PoolingType.AVG),
                output());
        addImage("`Convolution2D`, `Pooling2D`", convolution2D(), pooling2D(), output());
        addImage(
                "`Deconvolution2D`",
                new Deconvolution2D.Builder(2, 2).nOut(MAPS).build(),
                output());
        addImage(
                "`DepthwiseConvolution2D`",
                new DepthwiseConvolution2D.Builder(2, 2)
                        .depthMultiplier(2)
                        .nOut(4)
                        .build(),
                output());
        addImage(
                "`SeparableConvolution2D`",
                new SeparableConvolution2D.Builder(2, 2).nOut(MAPS).build(),
                output());
        addImage(
                "`LocallyConnected2D`",
                new LocallyConnected2D.Builder()
                        .nIn(CHANNELS)
                        .nOut(MAPS)
                        .kernelSize(3, 3)
                        .setInputSize(SIZE, SIZE)
                        .build(),
                output());
        addImage("`BatchNormalization` of images", convolution(), new BatchNormalization(), output());
    }

    private static Convolution2D convolution2D() {
        final Convolution2D layer = new Convolution2D();
        layer.setNOut(MAPS);
        layer.setKernelSize(new int[] {2, 2});
        layer.setStride(new int[] {1, 1});
        layer.setPadding(new int[] {0, 0});
        layer.setDilation(new int[] {1, 1});
        layer.setHasBias(true);
        return layer;
    }

    private static Pooling2D pooling2D() {
        final Pooling2D layer = new Pooling2D();
        layer.setPoolingType(PoolingType.AVG);
        layer.setKernelSize(new int[] {2, 2});
        layer.setStride(new int[] {1, 1});
        layer.setPadding(new int[] {0, 0});
        layer.setDilation(new int[] {1, 1});
        return layer;
    }

    private void addOtherImageLayers() {
        addImage(
                "`ZeroPaddingLayer`, `Upsampling2D`, `Cropping2D`, `SpaceToDepthLayer`, `GlobalPoolingLayer`",
                convolution(),
                new ZeroPaddingLayer(1, 1, 0, 0),
                new Upsampling2D.Builder(2).build(),
                new Cropping2D(1, 1, 0, 0),
                new SpaceToDepthLayer.Builder<>(2, CNN2DFormat.NCHW).build(),
                new GlobalPoolingLayer(PoolingType.MAX),
                output());
        addImage("`LocalResponseNormalization`", convolution(), new LocalResponseNormalization(), output());
        add(
                "`SpaceToBatchLayer`",
                InputType.convolutional(SIZE, SIZE, CHANNELS),
                (type, number) -> {
                    final Random random = new Random(number);
                    return new MultiDataSet(
                            Batches.values(random, type, Batches.SAMPLES, CHANNELS, SIZE, SIZE),
                            Batches.classes(random, type, 4 * Batches.SAMPLES, CLASSES));
                },
                convolution(),
                new SpaceToBatchLayer.Builder<>(new int[] {2, 2}, new int[][] {{0, 1}, {0, 1}}).build(),
                output());
        add(
                "`CnnLossLayer`",
                InputType.convolutional(SIZE, SIZE, CHANNELS),
                values(shape(CHANNELS, SIZE, SIZE), shape(MAPS, SIZE - 1, SIZE - 1)),
                convolution(),
                new CnnLossLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .build());
        add(
                "`Yolo2OutputLayer`",
                InputType.convolutional(SIZE, SIZE, CHANNELS),
                ConvolutionRows::boxes,
                new ConvolutionLayer.Builder(2, 2)
                        .stride(2, 2)
                        .nOut(2 * (5 + CLASSES))
                        .build(),
                new Yolo2OutputLayer.Builder()
                        .boundingBoxPriors(Nd4j.create(new double[][] {{1, 1}, {0.5, 1}}))
                        .build());
    }

    /** A box of random size in one of the four cells of each image. */
    private static MultiDataSet boxes(final DataType type, final int number) {
        final Random random = new Random(number);
        final INDArray labels = Nd4j.zeros(type, Batches.SAMPLES, 4 + CLASSES, 2, 2);
        for (int i = 0; i < Batches.SAMPLES; i++) {
            final int x = random.nextInt(2);
            final int y = random.nextInt(2);
            final double half = 0.1 + 0.2 * random.nextDouble();
            labels.putScalar(new int[] {i, 0, y, x}, x + 0.5 - half);
            labels.putScalar(new int[] {i, 1, y, x}, y + 0.5 - half);
            labels.putScalar(new int[] {i, 2, y, x}, x + 0.5 + half);
            labels.putScalar(new int[] {i, 3, y, x}, y + 0.5 + half);
            labels.putScalar(new int[] {i, 4 + random.nextInt(CLASSES), y, x}, 1);
        }
        return new MultiDataSet(Batches.values(random, type, Batches.SAMPLES, CHANNELS, SIZE, SIZE), labels);
    }

    private void addVolumes() {
        addVolume(
                "`Convolution3D`, `Subsampling3DLayer`, `ZeroPadding3DLayer`, `Upsampling3D`, `Cropping3D`",
                new Convolution3D.Builder(2, 2, 2).nOut(CHANNELS).build(),
                new Subsampling3DLayer.Builder(Subsampling3DLayer.PoolingType.MAX)
                        .kernelSize(2, 2, 2)
                        .stride(2, 2, 2)
                        .build(),
                new ZeroPadding3DLayer.Builder(1, 0, 0).build(),
                new Upsampling3D.Builder(2).build(),
                new Cropping3D(1, 0, 0),
                new GlobalPoolingLayer(PoolingType.AVG),
                output());
        addVolume(
                "`Deconvolution3D`",
                new Deconvolution3D.Builder()
                        .kernelSize(2, 2, 2)
                        .stride(1, 1, 1)
                        .nOut(CHANNELS)
                        .build(),
                output());
        add(
                "`Cnn3DLossLayer`",
                InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, SIZE, SIZE, SIZE, 1),
                values(shape(1, SIZE, SIZE, SIZE), shape(CHANNELS, SIZE - 1, SIZE - 1, SIZE - 1)),
                new Convolution3D.Builder(2, 2, 2).nOut(CHANNELS).build(),
                new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW)
                        .lossFunction(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .build());
    }

    private void addCapsules() {
        addImage(
                "`PrimaryCapsules`, `CapsuleLayer`, `CapsuleStrengthLayer`",
                new PrimaryCapsules.Builder(2, 2).kernelSize(2, 2).stride(2, 2).build(),
                new CapsuleLayer.Builder(CLASSES, 2, 2).build(),
                new CapsuleStrengthLayer.Builder().build(),
                new LossLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .build());
    }
}
