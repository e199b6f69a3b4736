// Makes the stranger's pom of the Maven blocks of docs/guide/embedding.md, as a reader of the page would.
def section = new File(guide).text.split('\n## Maven\n')[1].split('\n## ')[0]
def blocks = section.split('```').findAll { it.startsWith('xml\n') }.collect { it.substring(4) }
assert blocks.size() == 2 : 'the page has ' + blocks.size() + ' blocks'

// The page names the natives of one platform.
def natives = blocks[1].replace('linux-x86_64-onednn', nd4jClassifier).replace('linux-x86_64<', nativeClassifier + '<')
def tests = '<dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>' +
        junitVersion + '</version><scope>test</scope></dependency>'
def pom = new File(basedir, 'pom.xml')
pom.text = pom.text.replace('<!-- The blocks of the guide. -->',
        blocks[0].replace('</dependencies>', natives + tests + '</dependencies>'))
true
