import time, ape, pytest
def test_probe(accounts, project):
    chain = ape.chain
    t=time.time()
    d=accounts[0].deploy(project.TestDollar); print('deploy', time.time()-t)
    v=accounts[0].deploy(project.SettlementVault, d.address, accounts[1].address)
    f=accounts[0].deploy(project.FractionToken, accounts[2].address, accounts[1].address)
    t=time.time()
    for i in range(20): d.mint(accounts[3], 10**6, sender=accounts[3])
    print('tx', (time.time()-t)/20)
    t=time.time()
    for i in range(20): d.balanceOf(accounts[3])
    print('view', (time.time()-t)/20)
    t=time.time()
    for i in range(20): s=chain.snapshot()
    print('snap', (time.time()-t)/20)
    try:
        v.transfer(1,2,3,b'',b'a'*32,sender=accounts[4])
    except Exception as e:
        import traceback; 
        print(type(e), repr(e), e.base_err, type(e.base_err), getattr(e,'revert_message',None), getattr(e.base_err,'data',None), vars(e))
    try:
        f.property_of(3)
    except Exception as e:
        print(type(e), repr(e), e.base_err, type(e.base_err), getattr(e.base_err,'data',None))
    t=time.time()
    try:
        v.transfer(1,2,3,b'',b'a'*32,sender=accounts[4], gas=10**6)
    except Exception as e:
        print(type(e), repr(e), e.base_err, type(e.base_err), getattr(e.base_err,'data',None), vars(e.base_err))
    print(time.time()-t)
    r=d.approve(v, 2**256-1, sender=accounts[3]); 
    r=v.deposit(int(accounts[3].address,16)<<96, 100, sender=accounts[3]); print(r.gas_used, r.events, type(r.logs))
    print(r.logs, r.events[0].event_arguments)
    print(chain.provider.get_storage(f.address, 0))
