// Runs the stranger's program with the flags and without: it works, or says in one sentence which flag is missing.
def classPath = new File(basedir, 'target/classes').path + File.pathSeparator +
        new File(basedir, 'target/classpath.txt').text.trim()
def java = new File(System.getProperty('java.home'), 'bin/java').path

def run = { List<String> options ->
    def command = [java] + options + ['-Dshmarrays.directory=' + new File(basedir, 'target/segments').path,
            '-cp', classPath, 'com.acme.Train']
    def process = new ProcessBuilder(command as List<String>).redirectErrorStream(true).start()
    def output = process.inputStream.text
    [process.waitFor(), output]
}

def (withCode, withOutput) = run(['@' + flags])
assert withCode == 0 : withOutput
assert withOutput.contains('sum=3.0 parameters=8') : withOutput

def (withoutCode, withoutOutput) = run([])
assert withoutCode == 3 : withoutOutput
assert withoutOutput.contains('shmarrays needs the JVM flag --add-opens java.base/jdk.internal.misc=ALL-UNNAMED') : withoutOutput
assert !withoutOutput.contains('IllegalAccessError') : withoutOutput
assert !withoutOutput.contains('\tat ') : withoutOutput
true
