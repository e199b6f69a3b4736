// Runs the stranger's program with the flags and without: it works, or says in one sentence which flag is missing.
def classPath = new File(basedir, 'target/classes').path + File.pathSeparator +
        new File(basedir, 'target/classpath.txt').text.trim()
def java = new File(System.getProperty('java.home'), 'bin/java').path

def run = { List<String> options, String path = classPath ->
    def command = [java] + options + ['-Dshmarrays.directory=' + new File(basedir, 'target/segments').path,
            '-cp', path, 'com.acme.Train']
    def process = new ProcessBuilder(command as List<String>).redirectErrorStream(true).start()
    def output = process.inputStream.text
    [process.waitFor(), output]
}

assert new File(basedir, 'target/surefire-reports/TEST-com.acme.TrainTest.xml').text.contains('tests="1"')
def manifest = new java.util.jar.JarFile(new File(basedir, 'target/stranger-1.jar')).withCloseable { it.manifest.mainAttributes }
assert manifest.getValue('Main-Class') == 'com.acme.Train'
assert manifest.getValue('Add-Opens') == 'java.base/jdk.internal.misc'
assert manifest.getValue('Class-Path').contains('shmarrays-core-')

def (withCode, withOutput) = run(['@' + flags])
assert withCode == 0 : withOutput
assert withOutput.contains('sum=3.0 parameters=8') : withOutput

assert !withOutput.contains('SLF4J has no binding') : withOutput

def unbound = classPath.split(File.pathSeparator).findAll { !it.contains('slf4j-simple') }.join(File.pathSeparator)
def (unboundCode, unboundOutput) = run(['@' + flags], unbound)
assert unboundCode == 0 : unboundOutput
assert unboundOutput.split('SLF4J has no binding', -1).length == 2 : unboundOutput

def (withoutCode, withoutOutput) = run([])
assert withoutCode == 3 : withoutOutput
assert withoutOutput.contains('shmarrays needs the JVM flag --add-opens java.base/jdk.internal.misc=ALL-UNNAMED') : withoutOutput
assert !withoutOutput.contains('IllegalAccessError') : withoutOutput
assert !withoutOutput.contains('\tat ') : withoutOutput
true
