// Runs the template's program with the flags and without: it trains, or says in one sentence which flag is missing.
def template = new File(directory)
def jar = new File(template, 'target/train-1.jar')
def libraries = new File(template, 'target/lib').listFiles().collect { it.path }
def classPath = ([jar.path] + libraries).join(File.pathSeparator)
def java = new File(System.getProperty('java.home'), 'bin/java').path

def start = { List<String> options, String path = classPath, Map<String, String> environment = [:] ->
    def command = [java] + options + ['-Dshmarrays.directory=' + new File(template, 'target/segments').path,
            '-cp', path, 'com.acme.Train', new File(template, 'target/model.zip').path]
    def builder = new ProcessBuilder(command as List<String>).redirectErrorStream(true)
    builder.environment().putAll([OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1'] + environment)
    builder.start()
}
def end = { Process process ->
    def output = process.inputStream.text
    [process.waitFor(), output]
}
def templateFlags = ['@' + new File(template, 'jvm.flags').path]
def assertTrained = { int code, String output ->
    assert code == 0 : output
    assert output.contains('steps of all workers: 630\n') : output // 2,000 points in batches of 32, 10 times
    assert output =~ /test accuracy: (0\.9[5-9]|1)/ : output
    assert !output.contains('no vector kernels') : output
    assert !output.contains('SLF4J has no binding') : output
}

assert new File(template, 'target/surefire-reports/TEST-com.acme.TrainTest.xml').text.contains('tests="1"')
def manifest = new java.util.jar.JarFile(jar).withCloseable { it.manifest.mainAttributes }
assert manifest.getValue('Main-Class') == 'com.acme.Train'
assert manifest.getValue('Add-Opens') == 'java.base/jdk.internal.misc'
assert manifest.getValue('Class-Path').contains('lib/shmarrays-core-')

def (oneCode, oneOutput) = end(start(templateFlags))
assertTrained(oneCode, oneOutput)

def workers = (0..1).collect { rank ->
    start(templateFlags, classPath, [SHMARRAYS_SEGMENT: 'template', SHMARRAYS_RUN_ID: '1',
            SHMARRAYS_WORLD_SIZE: '2', SHMARRAYS_RANK: '' + rank])
}
workers.each {
    def (code, output) = end(it)
    assertTrained(code, output)
}

// The jar's manifest names all libraries.
def unbound = ([new File(template, 'target/classes').path] + libraries.findAll { !it.contains('slf4j-simple') })
        .join(File.pathSeparator)
def (unboundCode, unboundOutput) = end(start(templateFlags, unbound))
assert unboundCode == 0 : unboundOutput
assert unboundOutput.split('SLF4J has no binding', -1).length == 2 : unboundOutput

def (withoutCode, withoutOutput) = end(start([]))
assert withoutCode == 1 : withoutOutput
assert withoutOutput.contains('shmarrays needs the JVM flag --add-opens java.base/jdk.internal.misc=ALL-UNNAMED') : withoutOutput
assert !withoutOutput.contains('IllegalAccessError') : withoutOutput
true
