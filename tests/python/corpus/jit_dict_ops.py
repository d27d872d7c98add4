# Dict ops in loops hot enough to be compiled.
def intkeys(n):
    d={};k=0
    for i in range(n):
        d[i%1000]=i
        k+=d[i%500]
        if i%3 in d: k+=1
    return k
def tupkeys(n):
    d={};k=0
    for i in range(n):
        t=(i%10,i%7)
        d[t]=d.get(t,0)+1
    for kk,v in d.items(): k+=kk[0]*v
    return k
def nested(n):
    d={};k=0
    for i in range(n):
        d.setdefault(i%20,[]).append(i)
    for key in d:
        for v in d[key]: k+=v
    for v in d.values(): k+=len(v)
    return k
def dels(n):
    d={};k=0
    for i in range(n):
        d[i]=i
        if i-10 in d: del d[i-10]
        k+=len(d)
        if i%3==0: k+=d.pop(i-5,0)
    return k
def items(n):
    d={str(i):i for i in range(100)}
    k=0
    for _ in range(n//50):
        for key,v in d.items():
            k+=v+len(key)
    return k
def fieldrec(n):
    rec={"x":1,"y":2.5,"name":"foo"}
    k=0
    for i in range(n):
        rec["x"]+=i
        rec["y"]=rec["y"]*0.5+1
        k+=rec["x"]+len(rec["name"])
    return k
def memo(n):
    m={}
    def f(x):
        if x in m: return m[x]
        r=x*x%17
        m[x]=r
        return r
    k=0
    for i in range(n): k+=f(i%300)
    return k
def grid(n):
    g=[[0]*20 for _ in range(20)]
    k=0
    for i in range(n):
        g[i%20][i%7]+=1
        k+=g[-1][-2]+g[i%20][-1]
    return k+sum(sum(r) for r in g)
def tup(n):
    t=(3,1,4,1,5,9,2,6);k=0
    for i in range(n):
        k+=t[i%8]+t[-1]
        if (i%3,1)<(1,2): k+=1
        if [i%3]==[1]: k+=2
    return k

for f in (intkeys,tupkeys,nested,dels,items,fieldrec,memo,grid,tup):
    print(f.__name__, f(2500))
